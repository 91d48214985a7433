"""What is put on a bundle when it is sealed, and whose signatures are trusted when it is verified."""

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from scanner.cli.options.once import Command, once, with_options
from scanner.cli.terminal.printing import say
from scanner.errors import UsageError
from scanner.runs.signing.marks import UNMARKED, Marks

SIGN_HELP = (
    "a PEM file with a private key (ECDSA P-256 or Ed25519; its password in TRAILWITNESS_SIGN_PASSWORD), kms:KEY-ARN, "
    "or sshkey[:FILE]"
)


@dataclass(frozen=True, slots=True)
class AskedMarks:
    """What the options ask to be put on the bundle; nothing is read before ``read`` is called."""

    key: str | None
    previous: Path | None

    def read(self, bundle: Path | None, profile: str | None) -> Marks:
        """The marks of a bundle that will be sealed. ``profile`` is the AWS profile for a key in AWS KMS.

        Raises UsageError without a bundle to put them on, and for a key that cannot sign or a predecessor that is not
        whole.
        """
        if bundle is None:
            given = "--sign" if self.key is not None else "--previous" if self.previous is not None else ""
            if given:
                raise UsageError(f"{given} is about a bundle, and none is written.", "Name one with --bundle.")
            return UNMARKED
        from scanner.runs.signing.marks import identity_of
        from scanner.runs.signing.signers import open_signer

        previous = identity_of(self.previous) if self.previous is not None else ""
        return Marks(previous, open_signer(self.key, profile) if self.key is not None else None)


def sealing_options(command: Command) -> Command:
    """``--sign`` and ``--previous``; the command gets them as ``marks``."""

    @wraps(command)
    def with_marks(*, sign_key: str | None, previous: Path | None, **others: Any) -> Any:
        return command(marks=AskedMarks(sign_key, previous), **others)

    options = (
        once("--sign", "sign_key", metavar="KEY", help=f"Sign the bundle: {SIGN_HELP}."),
        once(
            "--previous",
            type=click.Path(exists=True, path_type=Path),
            metavar="BUNDLE",
            help="Record in the bundle the identity of this one, which came before it (see `verify --chain`).",
        ),
    )
    return with_options(with_marks, options)


def trust_options(command: Command) -> Command:
    """``--public-key``, ``--trusted-keys`` and ``--require-signature``, which ``read_trust`` takes."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    options = (
        click.option(
            "--public-key",
            "public_keys",
            multiple=True,
            type=file,
            metavar="FILE",
            help="Demand a signature made with this public key, or with another one given (PEM or OpenSSH; "
            "repeatable).",
        ),
        once(
            "--trusted-keys",
            type=file,
            metavar="FILE",
            help="Demand a signature made with one of the keys in this file, which have names and may have a last day.",
        ),
        click.option(
            "--require-signature",
            is_flag=True,
            help="Demand a signature. Without a key to check it with, whose it is cannot be told (exit 3).",
        ),
    )
    return with_options(command, options)


def told(bundle: Path, identity: str, marks: Marks) -> None:
    """Say what was sealed, and what to write down where."""
    signed = f", signed with the key {marks.signer.public_key.key_id}" if marks.signer is not None else ""
    say(f"wrote {bundle}{signed}")
    say(
        f"identity {identity} (SHA-256 of tagmanifest-sha256.txt): it covers every file of the bundle. Write it down "
        "where the holder of the bundle cannot change it, such as a ticket or a mail to the auditor."
    )
