"""The names of digest files and log files in a bucket, and what they say.

CloudTrail user guide, "CloudTrail digest file structure" and "CloudTrail log file name format". The time in the name of
a digest file is its end; that of a log file is when it was delivered, to the minute. The names of a digest's trail and
of the trail's home Region are part of its name, so that trails which share a folder are told apart.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scanner.times import delivery_time, parse_iso

DIGESTS = "CloudTrail-Digest"
"""The folder of an account that holds its digest files."""

LOGS = "CloudTrail"
"""The folder of an account whose log files its digest files name."""

MINUTE = timedelta(minutes=1)
"""How exactly the name of a log file tells when it was delivered."""

REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
"""The name of a Region."""

_FIRST, _LAST = 2000, 9000
"""Years in which a log file may have been delivered; a name may tell any time."""

_BESIDE = timedelta(hours=1)
_ROOT = r"(?P<root>(?:.*/)?AWSLogs/(?:o-[a-z0-9]{10,32}/)?)"
_PLACED = _ROOT + r"(?P<account>\d{12})/"
_REGION = r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"
_DIGEST = re.compile(
    _PLACED + rf"CloudTrail-Digest/{_REGION}/\d{{4}}/\d\d/\d\d/"
    r"(?P=account)_CloudTrail-Digest_(?P=region)_(?P<trail>[A-Za-z0-9._-]+)_(?P<home>[a-z]{2}(?:-[a-z]+)+-\d)"
    r"_(?P<end>\d{8}T\d{6}Z)(?P<backfill>_backfill)?\.json\.gz"
)
_LOG = re.compile(_PLACED + rf"(?P<kind>CloudTrail(?:-[A-Za-z]+)?)/{_REGION}/(?:[^/]+/)*[^/]+")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One account and Region below a root, which ends with ``AWSLogs/`` and, for an organization's trail, its id."""

    root: str
    account: str
    region: str

    @property
    def organization(self) -> bool:
        """Whether it is of the trail of an organization."""
        return self.root.rstrip("/").rpartition("/")[2].startswith("o-")

    def digests(self, day: date) -> str:
        """The folder of the digest files that end on a day."""
        return f"{self.root}{self.account}/{DIGESTS}/{self.region}/{day:%Y/%m/%d}/"

    def digests_of(self, year: int) -> str:
        """The folder of the digest files that end in a year."""
        return f"{self.root}{self.account}/{DIGESTS}/{self.region}/{year:04d}/"

    def logs(self, day: date) -> str:
        """The folder of the log files that were delivered on a day."""
        return f"{self.root}{self.account}/{LOGS}/{self.region}/{day:%Y/%m/%d}/"


@dataclass(frozen=True, slots=True, order=True)
class ChainName:
    """What tells one chain of digest files from the others of its place: the trail, its home Region, and the kind.

    Backfill digests are a chain of their own beside the hourly one.
    """

    trail: str
    home: str
    backfill: bool = False


@dataclass(frozen=True, slots=True)
class DigestName:
    """What the key of a digest file says of it."""

    key: str
    place: Place
    chain: ChainName
    end: datetime


@dataclass(frozen=True, slots=True)
class LogName:
    """What the key of a log file says of it. ``delivered`` is None where its name tells no time that can be."""

    key: str
    account: str
    region: str
    delivered: datetime | None


def digest_name(key: str) -> DigestName | None:
    """What the key of a digest file says; None when it is not one."""
    found = _DIGEST.fullmatch(key)
    end = parse_iso(found["end"]) if found else None
    if found is None or end is None:
        return None
    chain = ChainName(found["trail"], found["home"], backfill=bool(found["backfill"]))
    return DigestName(key, Place(found["root"], found["account"], found["region"]), chain, end)


def log_name(key: str) -> LogName | None:
    """What the key of a log file of any kind says; None for a key outside of CloudTrail's folders."""
    found = _LOG.fullmatch(key)
    if found is None or found["kind"] == DIGESTS:
        return None
    delivered = delivery_time(key)
    known = delivered is not None and _FIRST <= delivered.year < _LAST
    return LogName(key, found["account"], found["region"], delivered if known else None)


def is_of(day: date, delivered: datetime | None) -> bool:
    """Whether the time in the name of a log file is of the day of its folder; an hour beside it is not held against it.

    A reader that takes a day by its folder takes what lies there, whatever its name says.
    """
    return delivered is not None and (delivered - _BESIDE).date() <= day <= (delivered + _BESIDE).date()


def url_of(bucket: str, key: str) -> str:
    """An object as messages name it; without a bucket it is a file of a copy."""
    return f"s3://{bucket}/{key}" if bucket else key
