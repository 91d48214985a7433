"""What is put on a bundle when it is sealed, beside the evidence: who came before it, and who signs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError

if TYPE_CHECKING:
    from reports.bundle.content import Content
    from reports.bundle.signatures.keys import Signer


@dataclass(frozen=True, slots=True)
class Marks:
    """What is put on a bundle, if anything.

    ``previous`` is the identity of the bundle before this one ("" for none), ``signer`` signs it (None: nobody), and
    ``authority`` is the URL of a timestamp authority that is asked for a timestamp of the signature ("" for none).
    """

    previous: str = ""
    signer: "Signer | None" = None
    authority: str = ""


UNMARKED = Marks()


def marked(files: "Mapping[str, Content]", marks: Marks) -> "Mapping[str, Content]":
    """The files of a sealed bundle with those of its signature.

    Raises what the signer raises, and UsageError when the authority gives no timestamp.
    """
    if marks.signer is None:
        return files
    from reports.bundle.seal import sealed_tags
    from reports.bundle.signatures.making import signature_files
    from reports.bundle.signatures.places import FIRST
    from scanner.runs.signing.authority import stamp

    signature = dict(signature_files(sealed_tags(files), marks.signer))
    if marks.authority:
        signature[FIRST.token] = stamp(signature[FIRST.envelope], marks.authority)
    return {**files, **signature}


def identity_of(bundle: Path) -> str:
    """The identity of a bundle that is whole. Raises UsageError when it was changed, SnapshotError when it is none."""
    from reports.bundle.check import bag_identity, check_bag
    from reports.bundle.readers import open_bag

    with open_bag(bundle) as bag:
        problems = check_bag(bag)
        if problems:
            raise UsageError(f"{bundle} is not as it was sealed: {problems[0]}", f"See `trailwitness verify {bundle}`.")
        return bag_identity(bag)
