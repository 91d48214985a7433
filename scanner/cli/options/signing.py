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
    authority: str | None

    def read(self, bundle: Path | None, profile: str | None) -> Marks:
        """The marks of a bundle that will be sealed. ``profile`` is the AWS profile for a key in AWS KMS.

        Raises UsageError without a bundle to put them on, and for a key that cannot sign or a predecessor that is not
        whole.
        """
        if bundle is None:
            asked = {"--sign": self.key, "--previous": self.previous, "--tsa-url": self.authority}
            given = [option for option, value in asked.items() if value is not None]
            if given:
                raise UsageError(f"{given[0]} is about a bundle, and none is written.", "Name one with --bundle.")
            return UNMARKED
        if self.authority is not None:
            from scanner.runs.signing.authority import check_url

            if self.key is None:
                raise UsageError("--tsa-url asks for a timestamp of a signature.", "Sign the bundle with --sign.")
            check_url(self.authority)
        from scanner.runs.signing.marks import identity_of
        from scanner.runs.signing.signers import open_signer

        previous = identity_of(self.previous) if self.previous is not None else ""
        signer = open_signer(self.key, profile) if self.key is not None else None
        return Marks(previous, signer, self.authority or "")


def sealing_options(command: Command) -> Command:
    """``--sign``, ``--tsa-url`` and ``--previous``; the command gets them as ``marks``."""

    @wraps(command)
    def with_marks(*, sign_key: str | None, tsa_url: str | None, previous: Path | None, **others: Any) -> Any:
        return command(marks=AskedMarks(sign_key, previous, tsa_url), **others)

    options = (
        once("--sign", "sign_key", metavar="KEY", help=f"Sign the bundle: {SIGN_HELP}."),
        once(
            "--tsa-url",
            metavar="URL",
            help="Ask this timestamp authority for a timestamp of the signature; a SHA-256 is all that is sent.",
        ),
        once(
            "--previous",
            type=click.Path(exists=True, path_type=Path),
            metavar="BUNDLE",
            help="Record in the bundle the identity of this one, which came before it (see `verify --chain`).",
        ),
    )
    return with_options(with_marks, options)


def trust_options(command: Command) -> Command:
    """``--public-key``, ``--trusted-keys``, ``--require-signature`` and ``--tsa-certificate``, as ``trust``."""

    @wraps(command)
    def with_trust(
        *,
        public_keys: tuple[Path, ...],
        trusted_keys: Path | None,
        require_signature: bool,
        authorities: Path | None,
        **others: Any,
    ) -> Any:
        from scanner.runs.signing.trust import read_trust

        trust = read_trust(public_keys, trusted_keys, required=require_signature, authorities=authorities)
        return command(trust=trust, **others)

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
        once(
            "--tsa-certificate",
            "authorities",
            type=file,
            metavar="FILE",
            help="Demand a timestamp of the signature that the root certificates in this file (PEM) vouch for.",
        ),
    )
    return with_options(with_trust, options)


def told(bundle: Path, identity: str, marks: Marks) -> None:
    """Say what was sealed, and what to write down where."""
    signed = f", signed with the key {marks.signer.public_key.key_id}" if marks.signer is not None else ""
    say(f"wrote {bundle}{signed}")
    say(
        f"identity {identity} (SHA-256 of tagmanifest-sha256.txt): it covers every file of the bundle. Write it down "
        "where the holder of the bundle cannot change it, such as a ticket or a mail to the auditor."
    )
