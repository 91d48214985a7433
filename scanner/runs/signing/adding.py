"""Signs a bundle that was sealed before. Nothing in it changes but the folder of signatures."""

from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError
from scanner.files.unfinished import clear

if TYPE_CHECKING:
    from reports.bundle.readers import BagReader
    from reports.bundle.signatures.keys import Signer
    from reports.bundle.signatures.places import Place


def sign_bundle(bundle: Path, signer: "Signer") -> str:
    """Add a signature to a bundle folder or .zip, and give the name of its envelope in the bundle.

    Raises UsageError when the bundle is not as it was sealed, when this key has signed it, or when it cannot be
    written; SnapshotError when it states no result; and what the signer raises.
    """
    from reports.bundle.bag import SIGNATURES
    from reports.bundle.readers import open_bag
    from reports.bundle.signatures.adding import add_files
    from reports.bundle.signatures.checking import tag_files
    from reports.bundle.signatures.making import signature_files

    clear(bundle / SIGNATURES if bundle.is_dir() else bundle)
    with open_bag(bundle) as bag:
        require_whole(bundle, bag)
        place = _free_place(bundle, bag, signer.public_key.key_id)
        files = signature_files(tag_files(bag), signer, place)
    try:
        add_files(bundle, files)
    except OSError as error:
        raise UsageError(f"{bundle} cannot be written: {error.strerror or error}.", "It is as it was.") from error
    return place.envelope


def require_whole(bundle: Path, bag: "BagReader") -> None:
    """Raises UsageError when a bundle is not as it was sealed, or a signature of it does not hold."""
    from reports.bundle.check import check_bag
    from reports.bundle.signatures.checking import Worth, check_signatures

    told = [str(problem) for problem in check_bag(bag)]
    if not told:
        told = [str(item) for item in check_signatures(bag) if item.worth is Worth.INVALID]
    if told:
        raise UsageError(f"{bundle} is not as it was sealed: {told[0]}", f"See `trailwitness verify {bundle}`.")


def _free_place(bundle: Path, bag: "BagReader", key_id: str) -> "Place":
    from reports.bundle.signatures.checking import check_signatures
    from reports.bundle.signatures.places import FIRST, further

    by_this_key = [item.file for item in check_signatures(bag) if item.key_id == key_id]
    if by_this_key:
        raise UsageError(f"{bundle} is signed with this key already: {by_this_key[0]}.", "Sign with another key.")
    return further(key_id) if FIRST.envelope in bag.names else FIRST
