"""Documents and texts that lie beside CloudTrail's logs and are known to hold no records of it.

Each is recognized by what it holds, never by its name alone: members that AWS documents for it, or the form of every
line. Whatever looks like a record inside keeps a document from being known. Everything else that holds no record is
unread, and makes a run incomplete.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

TELLTALE: Final = re.compile(rb'"eventVersion\\*"\s*:')
"""What records begin with, also as text inside text."""

_NAMES: Final = (re.compile(rb'"eventName\\*"\s*:\s*\\*"'), re.compile(rb'"eventSource\\*"\s*:\s*\\*"'))
"""What every record says of itself, whatever was taken from it; patterns for events list names instead."""

LOG_FILE_NAME: Final = re.compile(
    r"(?:\A|[/!])[0-9]{12}_CloudTrail(?!-Digest)(?:-[A-Za-z]+)?_[a-z0-9-]+_[0-9]{8}T[0-9]{4}Z_[A-Za-z0-9]+\.json(?:\.gz)?"
    r"(?:#[0-9]+)?\Z"
)
"""The name of a log file, ``account_CloudTrail_region_YYYYMMDDTHHmmZ_unique.json.gz``.

Source: AWS, CloudTrail user guide, "CloudTrail log files"."""

_LIKE_LOG_FILE = re.compile(
    r"[0-9]{12}_CloudTrail(?!-Digest)[A-Za-z-]*_[a-z0-9-]+_[0-9]{8}T[0-9]{4}Z_[A-Za-z0-9]+\.json[^/!]*\Z"
)
"""A name made from such a one, as of a copy or of a download that never ended."""

_PACKED_NAME = re.compile(r"\.(?:gz|zip|zst|bz2|xz|lz4|7z|rar|parquet|avro|orc|tar|tgz)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Document:
    """A JSON object that holds no records: the members it must have, and the words for it."""

    members: frozenset[str]
    what: str


_DOCUMENTS: Final = (
    _Document(frozenset({"digestS3Object", "logFiles"}), "digest file"),
    _Document(frozenset({"hashSignature", "files"}), "signature of query results"),
    _Document(frozenset({"fileVersion", "configurationItems"}), "history or snapshot of AWS Config"),
    _Document(frozenset({"webaclId", "httpRequest", "formatVersion"}), "log of AWS WAF"),
    _Document(frozenset({"query_timestamp", "query_name", "query_type"}), "query log of Route 53 Resolver"),
    _Document(frozenset({"schemaVersion", "accountId", "severity", "service", "resource"}), "finding of GuardDuty"),
    _Document(frozenset({"s3Bucket", "s3ObjectKey"}), "CloudTrail's notification of a log file"),
    _Document(frozenset({"Service", "Event", "Bucket", "HostId"}), "test message of Amazon S3"),
)

_NOTIFICATION: Final = frozenset(
    {
        "awsRegion", "eventName", "eventSource", "eventTime", "eventVersion", "glacierEventData",
        "intelligentTieringEventData",
        "lifecycleEventData", "replicationEventData", "requestParameters", "responseElements", "s3", "userIdentity",
    }
)  # fmt: skip
"""All members of a notification of Amazon S3 (S3 user guide, "Event message structure")."""

_TIME = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
_LINES: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = (
    (
        re.compile(rb"[0-9a-f]{64} \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+]0000\] \S+ \S+ \S+ \S+ .*"),
        "server access log of Amazon S3",
    ),
    (re.compile(rb"(?:http|https|h2|grpcs|ws|wss) " + _TIME + rb" app/.*"), "access log of a load balancer"),
    (re.compile(rb"tls \d\.\d " + _TIME[:-1] + rb"Z? net/.*"), "access log of a load balancer"),
    (re.compile(_TIME + rb" \S+ \S+:\d+ \S+ (?:-?[\d.]+ ){3}\S+ \S+ .*"), "access log of a load balancer"),
    (re.compile(rb"\d{1,2} (?:\d{12}|unknown|-) (?:eni-[0-9a-f]+|-)(?: [\w.:-]+){8,} ?"), "VPC flow log"),
    (re.compile(rb"Enable (?:Access|Connection)Log for ELB: .*"), "load balancer's test of a bucket"),
    (re.compile(rb"CloudTrail validation message\.?"), "CloudTrail's test of a topic"),
)
"""Form of every line -> what a text of such lines is (user guides of the services, "log file syntax").

Whoever may write to a bucket writes the lines, so that none of the forms may be tried in more than one way: words are
parted by a blank that is not in them."""

_FLOW_HEADER = re.compile(rb"[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)+")
_FLOW_FIELDS: Final = frozenset({b"interface-id", b"srcaddr", b"dstaddr", b"pkt-srcaddr", b"pkt-dstaddr"})
_MOST_FLOW_FIELDS = 100
_LINE = re.compile(rb"[^\r\n]+")
_FLOW_ROW = re.compile(rb"[\w.:/,-]+(?: [\w.:/,-]+)+")
_TESTS_OF_BUCKETS = ("ConfigWritabilityCheckFile", "CloudTrail-write-test")
_MOST_TEST_BYTES = 1024
_WORDS = re.compile(rb"[\x20-\x7a\r\n\t]*")
_PACKED_WORD = re.compile(rb"[A-Za-z0-9+/]{48}|event", re.IGNORECASE)
"""A few words, which are neither a record in whatever spelling nor packed data."""


def seems_record(text: bytes) -> bool:
    """Whether something looks like a record, or holds what does, as objects or as text."""
    return TELLTALE.search(text) is not None or all(name.search(text) for name in _NAMES)


def known_document(found: Mapping[str, object], text: bytes) -> str:
    """What a JSON object is that holds no records, by its members; "" when it is not a known one."""
    what = next((each.what for each in _DOCUMENTS if each.members <= found.keys()), "")
    if what:
        return "" if seems_record(text) else what
    if "s3" in found and found.keys() <= _NOTIFICATION and text.count(b"eventVersion") <= 1:
        return "notification of Amazon S3"
    return ""


def other_event(kind: str, source: str, text: bytes) -> str:
    """What an EventBridge event of AWS is whose ``detail-type`` says that it is none of CloudTrail's; else ""."""
    if source.startswith("aws.") and "CloudTrail" not in kind and not seems_record(text):
        return "EventBridge event of another kind than CloudTrail's"
    return ""


def known_text(text: bytes) -> str:
    """What a text of lines is that holds no records: every line must have the form; "" when it is not a known one."""
    lines = _lines_of(text)
    first = next(lines, b"")
    if not first or TELLTALE.search(text):
        return ""
    for form, what in _LINES:
        if form.fullmatch(first):
            return what if all(map(form.fullmatch, lines)) else ""
    header = first.split(b" ", _MOST_FLOW_FIELDS)
    if not _FLOW_FIELDS.isdisjoint(header) and _FLOW_HEADER.fullmatch(first):
        rows = (_FLOW_ROW.fullmatch(line) and line.count(b" ") + 1 == len(header) for line in lines)
        return "VPC flow log" if all(rows) else ""
    return ""


def _lines_of(text: bytes) -> Iterator[bytes]:
    """The lines that are not blank, one at a time: there may be a hundred million of them."""
    lines = (found.group() for found in _LINE.finditer(text))
    return (line for line in lines if line.strip())


def test_of_bucket(name: str, data: bytes) -> bool:
    """Whether a source is the object by which AWS tests whether it may write to a bucket."""
    last = name.rpartition("/")[2]
    if last not in _TESTS_OF_BUCKETS or len(data) > _MOST_TEST_BYTES:
        return False
    return _WORDS.fullmatch(data) is not None and _PACKED_WORD.search(data) is None


def promises_records(name: str, *, empty: bool) -> str:
    """Why a source without records is a loss, by its name: that of a log file, or of packed data that is ``empty``."""
    if LOG_FILE_NAME.search(name):
        return "its name is that of a CloudTrail log file"
    if empty and _LIKE_LOG_FILE.search(name):
        return "its name is made from that of a CloudTrail log file"
    if empty and _PACKED_NAME.search(name):
        return "its name is that of packed data, which is never empty"
    return ""
