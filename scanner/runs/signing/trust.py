"""Whose signatures are trusted: public keys that were named, and files of them; and what a bundle's come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.documents import Document, Pointer, read_document
from scanner.errors import ContentError, UsageError
from scanner.model.json_values import as_object, as_objects, as_text
from scanner.runs.signing.signers import read_key_file
from scanner.schemas import require
from scanner.times import parse_day

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from reports.bundle.readers import BagReader
    from reports.bundle.signatures.checking import Signature, TrustedKey
    from reports.bundle.signatures.timestamps import Timestamp

SCHEMA = "trusted-keys"


@dataclass(frozen=True, slots=True)
class Trust:
    """What the signatures of a bundle must be.

    With ``keys``, one of them must have signed it. Without any, ``required`` asks for a signature all the same; whose
    it is can then not be told. With ``authorities``, root certificates, one of them must vouch for when such a
    signature existed.
    """

    keys: "tuple[TrustedKey, ...]" = ()
    required: bool = False
    authorities: "tuple[Certificate, ...]" = ()


NOBODY = Trust()


@dataclass(frozen=True, slots=True)
class Signed:
    """The signatures of a bundle and their timestamps, what is wrong, and why what was asked for cannot be told."""

    signatures: "tuple[Signature, ...]" = ()
    timestamps: "tuple[Timestamp, ...]" = ()
    faults: tuple[str, ...] = ()
    left_open: str = ""


def judged_signatures(bag: "BagReader", trust: Trust) -> Signed:
    """Every signature of a bundle whose digests are right, against what is asked of them.

    A signature that does not hold is a fault whatever was asked for: somebody changed it.
    """
    from reports.bundle.signatures.checking import Worth, check_signatures
    from reports.bundle.signatures.places import places
    from reports.bundle.signatures.timestamps import check_timestamps

    if not places(bag.names):
        wanted = trust.keys or trust.required or trust.authorities
        return Signed(faults=("the bundle is not signed, and a signature was asked for",) if wanted else ())
    found = check_signatures(bag, trust.keys)
    bad = {Worth.INVALID, Worth.OUTSIDE_VALIDITY}
    faults = [str(item) for item in found if item.worth in bad]
    held = [item for item in found if item.worth not in bad]
    if trust.keys and not any(item.worth is Worth.TRUSTED for item in held):
        faults.append("no signature that holds was made with a key that was given")
    stamps = check_timestamps(bag, trust.authorities)
    faults += [str(item) for item in stamps if item.wrong]
    # A stranger's signature may have a timestamp: it says nothing of the one that is trusted.
    counting = {item.file for item in held if item.worth is Worth.TRUSTED or not trust.keys}
    if trust.authorities and not any(item.proved and item.envelope in counting for item in stamps):
        faults.append("no signature that counts has a timestamp of an authority that was given")
    left_open = ""
    if trust.required and not trust.keys and held and not faults:
        left_open = "the bundle is signed, and whose the signature is cannot be told: no key was given to check it with"
    return Signed(tuple(held), tuple(item for item in stamps if not item.wrong), tuple(faults), left_open)


def read_trust(
    public_keys: Sequence[Path], trusted_keys: Path | None, *, required: bool, authorities: Path | None = None
) -> Trust:
    """What the options of ``verify`` ask of signatures.

    Raises UsageError for a file that is not a public key, and ContentError for a file of keys that is wrong.
    """
    from reports.bundle.signatures.checking import TrustedKey
    from reports.bundle.signatures.keys import read_public_key

    keys = [TrustedKey(f"the key in {path}", read_public_key(read_key_file(path), str(path))) for path in public_keys]
    if trusted_keys is not None:
        keys = [*read_trusted_keys(trusted_keys), *keys]
    return Trust(tuple(keys), required, () if authorities is None else _certificates(authorities))


def _certificates(path: Path) -> "tuple[Certificate, ...]":
    from reports.bundle.signatures.timestamps import read_certificates, require_reader

    require_reader()
    return read_certificates(read_key_file(path), str(path))


def read_trusted_keys(path: Path) -> "tuple[TrustedKey, ...]":
    """The keys of a file, in its order. Raises ContentError with every mistake as ``file:line:column: sentence``."""
    document = read_document(path)
    require(document, SCHEMA)
    problems: list[str] = []
    keys = tuple(_keys(document, path.parent, problems))
    if problems:
        raise ContentError(problems)
    return keys


def _keys(document: Document, beside: Path, problems: list[str]) -> "Iterator[TrustedKey]":
    """The keys that can be read; what is wrong with the others is added to ``problems``."""
    from reports.bundle.signatures.checking import TrustedKey
    from reports.bundle.signatures.keys import read_public_key

    seen: dict[str, str] = {}
    for index, raw in enumerate(as_objects(as_object(document.value)["keys"])):
        place: Pointer = ("keys", index)
        name = as_text(raw["name"]).strip()
        member = "public-key" if "public-key" in raw else "file"
        text = as_text(raw[member])
        try:
            data = text.encode() if member == "public-key" else read_key_file(beside / text)
            key = read_public_key(data, f"the key of {name}")
        except UsageError as error:
            problems.append(document.problem((*place, member), str(error)))
            continue
        if key.key_id in seen:
            problems.append(document.problem((*place, member), f"this is the key of {seen[key.key_id]} once more"))
        seen.setdefault(key.key_id, name)
        first, last = (_day(document, place, raw.get(bound), bound, problems) for bound in ("not-before", "not-after"))
        if first is not None and last is not None and last < first:
            problems.append(document.problem((*place, "not-after"), "not-after is before not-before"))
        yield TrustedKey(name, key, first, last)


def _day(document: Document, place: Pointer, value: object, bound: str, problems: list[str]) -> date | None:
    if value is None:
        return None
    day = parse_day(str(value))
    if day is None:
        problems.append(document.problem((*place, bound), f"{bound}: there is no such day"))
    return day
