"""Digest files as links of a chain: what two neighbours say of each other, and what is missing between them.

``validate-logs`` follows the names of previous digests and looks at nothing else of them. Here the hash and the
signature of the digest before are compared too, the signature proves one whose own is not at hand, and what is missing
is counted by time: each digest covers an hour (user guide, "CloudTrail digest file structure").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from scanner.integrity.names import ChainName, Place, digest_name, url_of
from scanner.integrity.problems import Kind, Problem, of_digest, unseen_digest
from scanner.integrity.proof.keys import KeyRing, Missing, NoKey
from scanner.integrity.proof.signatures import signed_text, verifies
from scanner.integrity.reading.digest import Previous

HOUR = timedelta(hours=1)

JITTER = timedelta(minutes=1)
"""How far the end of a digest and the start of the next may lie apart."""


class Proof(StrEnum):
    """What is known of the signature of a digest; ``pending``: its own is not at hand, that in the next one may be."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Link:
    """A digest file as part of its chain.

    ``trusted`` says that its content is of this hour and place at all; of one that is not, ``start`` is an hour before
    its end. ``matching`` log files have the hash it states. ``signed`` is when it was signed, which chooses the key.
    ``aside`` is what was put between two digests of which the second names the first: no link, and counted.
    ``rewritten`` says that it lies where CloudTrail put it, without the signature that CloudTrail gave it.
    """

    place: Place
    chain: ChainName
    bucket: str
    key: str
    start: datetime
    end: datetime
    end_text: str
    sha256: str
    fingerprint: str
    signature: str
    previous: Previous | None
    proof: Proof
    trusted: bool
    signed: datetime
    matching: int = 0
    aside: bool = False
    rewritten: bool = False

    @property
    def url(self) -> str:
        """The object as messages name it."""
        return url_of(self.bucket, self.key)


@dataclass(frozen=True, slots=True)
class Gap:
    """Time that no digest of a chain covers.

    ``digests`` are missing by time. ``named`` is the object that the digest after it names and that is not there ("":
    it names none, as the first of a chain does). ``anew`` says that the chain begins anew after it. A gap at an edge of
    the period has ``head`` or ``tail``; ``after`` is the digest that follows a ``head``.

    Where the chain was in another bucket in between, or below another prefix, ``after`` follows too, and ``before`` is
    the digest before: neither counted nor proved yet, since the first one over there may prove it. ``hint`` says what
    to do where that is not looked at.
    """

    place: Place
    chain: ChainName
    start: datetime
    end: datetime
    digests: int
    named: str = ""
    anew: bool = False
    head: bool = False
    tail: bool = False
    next_url: str = ""
    after: Link | None = None
    hint: str = ""
    before: Link | None = None

    @property
    def origin(self) -> "Origin | None":
        """Where the chain was before the gap ends, when that is another bucket or another prefix."""
        return came_from(self.after) if self.after is not None else None


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place of a bucket that a chain comes from."""

    bucket: str
    place: Place


@dataclass(frozen=True, slots=True)
class Joined:
    """What two neighbours say of each other: the first with what is known of it now, and what is wrong."""

    before: Link
    problems: tuple[Problem, ...] = ()
    gap: Gap | None = None


def hours_between(start: datetime, end: datetime) -> int:
    """How many digests are missing between two times; a part of an hour is one."""
    return max(0, ceil((end - start - JITTER) / HOUR))


def names(after: Link, before: Link) -> bool:
    """Whether a digest names another one as the one before it."""
    previous = after.previous
    return previous is not None and (previous.bucket, previous.key) == (before.bucket, before.key)


def came_from(link: Link) -> Origin | None:
    """The place of the digest before one, where the chain came from there; None where it was here, or is another one.

    What names another account, Region or trail is not the same chain.
    """
    if link.previous is None or not link.trusted:
        return None
    named = digest_name(link.previous.key)
    if named is None or named.chain != link.chain:
        return None
    if (named.place.account, named.place.region) != (link.place.account, link.place.region):
        return None
    found = Origin(link.previous.bucket, named.place)
    return found if found != Origin(link.bucket, link.place) else None


def proved(link: Link, signature: str, keys: KeyRing) -> tuple[Link, tuple[Problem, ...]]:
    """A link with what its signature proves, and what is wrong with it."""
    key = keys.find(link.place.region, link.fingerprint, link.signed)
    if isinstance(key, NoKey):
        if key.missing is Missing.ABSENT:
            problem = of_digest(Kind.KEY_ABSENT, link.place, link.chain, link.url, key.why)
            return replace(link, proof=Proof.INVALID, trusted=False), (problem,)
        problem = unseen_digest(Kind.KEY_UNUSABLE, link.place, link.chain, link.url, key.why)
        return replace(link, proof=Proof.UNKNOWN), (problem,)
    earlier = link.previous.signature if link.previous else ""
    text = signed_text(link.end_text, link.bucket, link.key, link.sha256, earlier)
    if verifies(key, signature, text):
        return replace(link, proof=Proof.VALID, signature=signature.lower()), ()
    why = "signature verification failed"
    problem = of_digest(Kind.SIGNATURE, link.place, link.chain, link.url, why)
    return replace(link, proof=Proof.INVALID, trusted=False), (problem,)


def join(before: Link, after: Link, present: Sequence[str] | frozenset[str], keys: KeyRing) -> Joined:
    """What two neighbours in time say of each other; ``present`` are keys of digests that are there."""
    previous = after.previous
    if previous is None or not names(after, before):
        return _apart(before, after, present)
    problems: tuple[Problem, ...] = ()
    if before.proof is Proof.PENDING:
        tried, told = proved(before, previous.signature, keys)
        # What is not believed itself proves what it signs soundly, and accuses nothing.
        if after.trusted or tried.proof is Proof.VALID:
            before, problems = tried, told
    contradiction = _contradiction(before, after, previous)
    if contradiction is not None:
        before = replace(before, proof=Proof.INVALID, trusted=False)
        problems += (contradiction,)
    return Joined(before, problems, _gap(before, after))


def _contradiction(before: Link, after: Link, previous: Previous) -> Problem | None:
    """Where the next digest states another hash or another signature than there is."""
    if not (before.trusted and after.trusted):
        return None
    if previous.sha256 != before.sha256:
        why = "its hash value is not the one that the next digest file states"
        return of_digest(Kind.HASH_OF_PREVIOUS, before.place, before.chain, before.url, why)
    if before.signature and before.signature != previous.signature.lower():
        why = "its signature is not the one that the next digest file states"
        return of_digest(Kind.SIGNATURE_OF_PREVIOUS, before.place, before.chain, before.url, why)
    return None


def _apart(before: Link, after: Link, present: Sequence[str] | frozenset[str]) -> Joined:
    """Two neighbours of which the second does not name the first."""
    previous = after.previous
    if previous is None or not after.trusted:
        return Joined(before, (), _gap(before, after, anew=after.trusted))
    named = url_of(previous.bucket, previous.key)
    moved = came_from(after) not in {None, Origin(before.bucket, before.place)}
    gone = moved or previous.key not in present
    gap = _gap(before, after, named=named if gone else "")
    if gap is not None and gone:
        return Joined(before, (), replace(gap, after=after, before=before) if moved else gap)
    if before.proof is Proof.INVALID and not (before.trusted or gone):
        return Joined(before, (), gap)  # what was put after the one that is named
    why = f"names {named} as the digest file before it, and the one before it is {before.url}"
    return Joined(before, (of_digest(Kind.LINK, after.place, after.chain, after.url, why),), gap)


def _gap(before: Link, after: Link, *, named: str = "", anew: bool = False) -> Gap | None:
    """The time between two neighbours. Backfill digests are not hourly: only one that is named can be missing."""
    missing = hours_between(before.end, after.start)
    if after.chain.backfill:
        missing = 1 if named else 0
        anew = False
    if not (missing or anew):
        return None
    return Gap(after.place, after.chain, before.end, after.start, missing, named, anew=anew, next_url=after.url)
