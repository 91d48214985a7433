"""What can be wrong with digest files and log files, one kind for each thing, and what each weighs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.integrity.names import ChainName, Place


class Weight(StrEnum):
    """What a problem means for the verdict: ``invalid`` is a contradiction, ``unknown`` that it could not be seen."""

    INVALID = "invalid"
    UNKNOWN = "unknown"


class About(StrEnum):
    """What a problem is about."""

    DIGEST = "digest file"
    LOG = "log file"
    HOURS = "hours"
    PLACE = "place"


class Kind(StrEnum):
    """The kinds of problems, named for programs."""

    MOVED = "digest-moved"
    FORMAT = "digest-format"
    SIGNATURE = "digest-signature"
    KEY_ABSENT = "public-key-absent"
    KEY_UNUSABLE = "public-key-unusable"
    NOT_FOUND = "digest-not-found"
    HASH_OF_PREVIOUS = "previous-hash"
    SIGNATURE_OF_PREVIOUS = "previous-signature"
    LINK = "previous-digest"
    STRAY = "stray-object"
    MISSING = "digests-missing"
    STOPPED = "logging-stopped"
    REDELIVERY = "redelivery-under-way"
    BEGINS = "chain-begins"
    RESTARTED = "chain-restarted"
    NO_DIGESTS = "no-digests"
    LOG_FORMAT = "log-format"
    LOG_HASH = "log-hash"
    LOG_NOT_FOUND = "log-not-found"
    LOG_TRAILING = "log-trailing-data"
    LOG_CUT = "log-cut"
    LOG_UNNAMED = "log-unreferenced"
    LOG_FOREIGN = "log-of-another-place"
    RECORD = "record-contradicts-path"
    UNREAD = "not-read"
    UNPROVEN = "signature-not-at-hand"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or could not be seen.

    ``subject`` is the object (``s3://bucket/key``), or "" where hours are meant: ``start`` to ``end``, of which
    ``digests`` are missing. ``why`` is the sentence after the name of the object and, for what contradicts itself, the
    word INVALID.
    """

    kind: Kind
    weight: Weight
    about: About
    place: Place
    why: str
    subject: str = ""
    chain: ChainName | None = None
    start: datetime | None = None
    end: datetime | None = None
    digests: int = 0


def of_digest(kind: Kind, place: Place, chain: ChainName | None, url: str, why: str) -> Problem:
    """What contradicts itself in a digest file."""
    return Problem(kind, Weight.INVALID, About.DIGEST, place, why, url, chain)


def unseen_digest(kind: Kind, place: Place, chain: ChainName | None, url: str, why: str) -> Problem:
    """What of a digest file could not be seen."""
    return Problem(kind, Weight.UNKNOWN, About.DIGEST, place, why, url, chain)


def of_log(kind: Kind, place: Place, chain: ChainName | None, url: str, why: str) -> Problem:
    """What contradicts itself in a log file."""
    return Problem(kind, Weight.INVALID, About.LOG, place, why, url, chain)


def unseen_log(kind: Kind, place: Place, chain: ChainName | None, url: str, why: str) -> Problem:
    """What of a log file could not be seen."""
    return Problem(kind, Weight.UNKNOWN, About.LOG, place, why, url, chain)
