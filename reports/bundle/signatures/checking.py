"""Checks the signatures of a bundle: whether each holds, for this bundle, and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reports.bundle.bag import INFO_FILE, MANIFEST, TAG_MANIFEST, info_values
from reports.bundle.readers import BagReader
from reports.bundle.signatures.envelope import read_envelope, signed_bytes
from reports.bundle.signatures.keys import PublicKey, read_public_key
from reports.bundle.signatures.places import Place, places
from reports.bundle.signatures.statement import TagFiles, statement_problem
from scanner.errors import SnapshotError, UsageError
from scanner.times import parse_day


class Worth(StrEnum):
    """What a signature is worth to whoever checks it.

    ``TRUSTED``: it holds and was made with a key that was given. ``UNKNOWN_KEY``: it holds for a key that is none of
    those given. ``KEY_INSIDE``: it holds for the key in the bundle, and no key was given. ``OUTSIDE_VALIDITY``: it
    holds for a key that was given and did not count on the day of the bundle. ``INVALID``: it does not hold.
    """

    TRUSTED = "trusted"
    UNKNOWN_KEY = "unknown-key"
    KEY_INSIDE = "key-inside"
    OUTSIDE_VALIDITY = "outside-validity"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key that somebody trusts, whose it is, and the first and last day on which it counts (None: any)."""

    name: str
    key: PublicKey
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a bundle: its file, its key's id ("" when it cannot be told), and what it is worth, and why.

    ``signer`` is the name of the trusted key, "" for every other worth than trusted or outside its validity.
    """

    file: str
    key_id: str
    worth: Worth
    message: str
    signer: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


def check_signatures(bag: BagReader, trusted: Sequence[TrustedKey] = ()) -> tuple[Signature, ...]:
    """Every signature of a bundle whose digests are right, the first one first."""
    files = tag_files(bag)
    return tuple(_checked(bag, place, files, trusted) for place in places(bag.names))


def tag_files(bag: BagReader) -> TagFiles:
    """What the statement about a bundle is made of. Raises SnapshotError when a file is not there."""
    return TagFiles(bag.read(TAG_MANIFEST), bag.read(MANIFEST), bag.read(INFO_FILE))


def _checked(bag: BagReader, place: Place, files: TagFiles, trusted: Sequence[TrustedKey]) -> Signature:
    try:
        key = _key_inside(bag, place)
        envelope = read_envelope(bag.read(place.envelope))
    except SnapshotError as error:
        return Signature(place.envelope, "", Worth.INVALID, f"NOT VALID: {error.message}")
    problem = ""
    if envelope.key_id != key.key_id:
        problem = f"names the key {envelope.key_id}, and {place.public_key} is the key {key.key_id}"
    elif not key.fits(envelope.signature, signed_bytes(envelope.payload)):
        problem = "what is signed, or the signature, was changed, or it was made with another key"
    else:
        problem = statement_problem(envelope.payload, files)
    if problem:
        return Signature(place.envelope, key.key_id, Worth.INVALID, f"NOT VALID: {problem}")
    result = info_values(files.info, "Result")[0]
    return _whose(place, key, result, files, trusted)


def _key_inside(bag: BagReader, place: Place) -> PublicKey:
    """The public key beside an envelope. SnapshotError when it is not one, in the one form that all programs read."""
    data = bag.read(place.public_key)
    try:
        key = read_public_key(data, place.public_key)
    except UsageError as error:
        raise SnapshotError(error.message) from error
    if key.pem != data:
        raise SnapshotError(f"{place.public_key} holds more than one public key as PEM")
    return key


def _whose(place: Place, key: PublicKey, result: str, files: TagFiles, trusted: Sequence[TrustedKey]) -> Signature:
    by_id = f"key id {key.key_id}"
    if not trusted:
        return Signature(
            place.envelope,
            key.key_id,
            Worth.KEY_INSIDE,
            f"a signature that fits the public key beside it ({by_id}). It shows only that the two belong together: "
            "whoever writes a bundle can put both there. Name the key that you trust with --public-key",
        )
    known = next((item for item in trusted if item.key.key_id == key.key_id), None)
    if known is None:
        return Signature(
            place.envelope,
            key.key_id,
            Worth.UNKNOWN_KEY,
            f"signed with a key that is none of those given ({by_id}), so nobody vouches for it",
        )
    outside = _outside(known, files)
    if outside:
        return Signature(
            place.envelope,
            key.key_id,
            Worth.OUTSIDE_VALIDITY,
            f"NOT VALID: signed with the key of {known.name} ({by_id}), {outside}",
            known.name,
        )
    return Signature(
        place.envelope,
        key.key_id,
        Worth.TRUSTED,
        f"signed by {known.name} ({by_id}); the signature holds and states the result {result}",
        known.name,
    )


def _outside(known: TrustedKey, files: TagFiles) -> str:
    """Why a key does not count on the day of a bundle, the one on which collecting ended; "" when it does."""
    if known.first is None and known.last is None:
        return ""
    day = parse_day("".join(info_values(files.info, "Collection-Finished"))[:10])
    if day is None:
        return f"which counts on certain days only, and {INFO_FILE} does not say when the bundle was made"
    if known.last is not None and day > known.last:
        return f"which no longer counted on {day.isoformat()}: its last day was {known.last.isoformat()}"
    if known.first is not None and day < known.first:
        return f"which did not count yet on {day.isoformat()}: its first day is {known.first.isoformat()}"
    return ""
