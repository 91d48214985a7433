"""What was gathered of a period: each part may be absent, or may lack something, with the reason.

A part that is ``absent`` (its reason, "" when it was gathered) was not looked at, which is never a pass. ``lacks`` say
what of a part could not be looked at; where they name a time, an account or a Region, nothing else is in doubt. All
times are moments with a zone; a period is ``[since, until)``. The members are those of ``period/evidence.json`` in a
bundle, and of the key ``period`` of a rule's cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Lack:
    """Something of a part that could not be looked at: why, and where and when as far as it is known."""

    why: str
    account: str = ""
    region: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What every part of the evidence has. ``source`` names what it was read from ("" where nothing was)."""

    absent: str = ""
    lacks: tuple[Lack, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many files are of each verdict; ``unproven`` log files match a digest file that is itself not valid."""

    valid: int = 0
    invalid: int = 0
    unknown: int = 0
    unproven: int = 0


@dataclass(frozen=True, slots=True)
class DigestChain:
    """One chain of digest files as it was validated: what it covers, and how many files are valid.

    ``missing`` digest files are counted by time. ``since`` to ``until`` is what was found of it.
    """

    account: str
    region: str
    trail: str
    home: str
    since: datetime
    until: datetime
    digests: Counts = Counts()
    logs: Counts = Counts()
    missing: int = 0
    backfill: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem that the validation found; ``proven`` is a contradiction, otherwise it could not be seen.

    ``kind`` is that of :class:`scanner.integrity.problems.Kind`. Hours have ``since`` and ``until``; ``digests`` of
    them are missing. ``trail`` is "" where no chain is meant.
    """

    kind: str
    proven: bool
    account: str
    region: str
    why: str
    trail: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    digests: int = 0
    backfill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity(Part):
    """The validated digest chains of the logs. ``since`` to ``until`` is what was validated."""

    since: datetime | None = None
    until: datetime | None = None
    chains: tuple[DigestChain, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class LogDay:
    """The log files of one day, as a listing of the store shows them, by the day of their delivery.

    ``classes`` counts them by storage class; ``restored`` are archived ones with a copy that can be read now, which are
    not among ``classes``.
    """

    account: str
    region: str
    day: date
    classes: Mapping[str, int] = field(default_factory=dict)
    restored: int = 0

    @property
    def objects(self) -> int:
        """How many log files there are of the day."""
        return sum(self.classes.values()) + self.restored


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Part):
    """Which log files lie in the store. ``classed`` says that the listing tells storage classes: a copy cannot."""

    taken: datetime | None = None
    classed: bool = False
    days: tuple[LogDay, ...] = ()


@dataclass(frozen=True, slots=True)
class TrailChange:
    """A call that began, ended or changed the logging of a trail, as a record tells it. AWS had not refused it.

    ``event`` is CreateTrail, StartLogging, StopLogging, UpdateTrail or DeleteTrail.
    """

    event: str
    trail: str
    account: str
    at: datetime
    event_id: str = ""
    by: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records(Part):
    """What log records tell: ``since`` to ``until`` was asked for, ``records`` were read."""

    since: datetime | None = None
    until: datetime | None = None
    records: int = 0
    accounts: tuple[str, ...] = ()
    changes: tuple[TrailChange, ...] = ()


@dataclass(frozen=True, slots=True)
class TrailSeen:
    """A trail as a snapshot shows it: DescribeTrails and GetTrailStatus.

    ``logging`` is None where its status could not be had, ``unknown`` then says why. ``started`` and ``stopped`` are
    the latest StartLogging and StopLogging that AWS tells (None: it tells none). ``region`` is its home Region, and
    ``log_group`` the log group of CloudWatch Logs that its events go to as well ("" for none).
    """

    account: str
    region: str
    name: str
    arn: str = ""
    bucket: str = ""
    logging: bool | None = None
    started: datetime | None = None
    stopped: datetime | None = None
    multi_region: bool = False
    organization: bool = False
    log_group: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule said of a resource at one collection: ``outcome`` is ``fail`` or ``unknown``."""

    rule: str
    account: str
    region: str
    resource: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotSeen:
    """A bundle of the chain: when its facts were collected, what it shows, and which bundle it names before it.

    ``identity`` is the SHA-256 of its tagmanifest-sha256.txt and ``previous`` the one that it names ("" for none).
    ``rules`` are the configuration rules of this run, by which its facts were judged again, and ``verdicts`` what they
    failed or could not judge: whatever is not among them passed, or is not there. ``regions`` are those that were
    looked at, by account.
    """

    name: str
    identity: str
    taken: datetime
    previous: str = ""
    accounts: tuple[str, ...] = ()
    trails: tuple[TrailSeen, ...] = ()
    rules: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundles(Part):
    """The chain of bundles over the period, oldest first; the newest is the configuration that is judged.

    ``lacks`` are accounts and Regions whose trails none of them lists.
    """

    snapshots: tuple[SnapshotSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time from ``since`` up to ``until``."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class AlarmName:
    """An alarm by its name: they are unique in an account and Region."""

    account: str
    region: str
    alarm: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How many notifications a topic delivered from ``since`` up to ``until``, when an alarm had published to it.

    ``delivered`` is None where that is not known; ``unknown`` says why then.
    """

    topic: str
    since: datetime
    until: datetime
    delivered: int | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """A state that an alarm entered, as DescribeAlarmHistory tells it; ``notified`` are actions that succeeded then.

    ``deliveries`` are what became of those that published to an SNS topic, as far as a bundle tells.
    """

    account: str
    region: str
    alarm: str
    at: datetime
    state: str
    notified: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """An alarm that watches audit log groups, and the times over which its history is known: AWS keeps 30 days of it.

    ``heartbeat`` says that it watches whether events arrive at all, so that its ALARM is an outage.
    """

    account: str
    region: str
    alarm: str
    heartbeat: bool = False
    known: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteSeen:
    """What tells somebody of the events of a route rule, by the newest bundle: ``alarms`` and EventBridge ``rules``.

    ``unknown`` says why there may be more of them ("": there are not).
    """

    account: str
    route: str
    alarms: tuple[AlarmName, ...] = ()
    rules: tuple[str, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms(Part):
    """The alarms of audit log groups, their histories as all bundles tell them, and the routes they are on."""

    alarms: tuple[AlarmSeen, ...] = ()
    changes: tuple[AlarmChange, ...] = ()
    routes: tuple[RouteSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a replay says: when an alarm or an event rule of a route would have fired."""

    account: str
    region: str
    name: str
    at: datetime
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed(Part):
    """The records of the period through what the newest snapshot shows deployed."""

    fired: tuple[Predicted, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewRun:
    """One review of the logs: a run of a query or of Trailwitness, or one that people state.

    ``account`` is "" for every one. ``kind`` is ``scheduled-query``, ``logs-run`` or ``stated``. Only a stated one is
    ``signed_by`` somebody. ``why`` says why one that is not ``complete`` does not count, where that is known.
    """

    account: str
    at: datetime
    kind: str
    name: str = ""
    complete: bool = True
    signed_by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunsKnown:
    """A time in which every run of the scheduled queries over the audit log groups of an account is known."""

    account: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews(Part):
    """The reviews of the logs in the period; ``stated`` says that the statements speak of reviews."""

    runs: tuple[ReviewRun, ...] = ()
    known: tuple[RunsKnown, ...] = ()
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What people recorded of an alarm, an outage or a test: who handled it, when, and what came of it.

    ``kind`` is ``alarm``, ``outage`` or ``test``; ``subject`` the alarm, trail or route rule that it is about, from
    ``at`` to ``until`` (None: at that moment).
    """

    id: str
    kind: str
    subject: str
    at: datetime
    account: str = ""
    region: str = ""
    handler: str = ""
    handled: datetime | None = None
    until: datetime | None = None
    outcome: str = ""
    cause: str = ""
    remediation: str = ""
    risk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses(Part):
    """The file of statements. What it says is somebody's word; that it fits the alarms and outages is computed.

    ``kinds`` are the kinds of responses that it speaks of: of another it does not even say that there is none.
    """

    kinds: tuple[str, ...] = ()
    responses: tuple[Response, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovedStart:
    """A beginning of a digest chain that somebody approved, such as that of a new trail."""

    account: str
    trail: str
    at: datetime
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class StoreSeen:
    """A bucket that keeps reports or records of reviews, and how the newest bundle shows that it keeps them.

    ``locked_days`` is the default retention of Object Lock (None: there is none) and ``mode`` its mode;
    ``days_to_loss`` the least number of days after which lifecycle rules destroy an object (None: they never do).
    ``unknown`` says why it is not known how it keeps them.
    """

    account: str
    name: str
    exists: bool = True
    locked_days: int | None = None
    mode: str = ""
    mfa_delete: bool = False
    days_to_loss: int | None = None
    loss_rule: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores(Part):
    """Where reports and review records are kept."""

    stores: tuple[StoreSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodEvidence:
    """Everything that was gathered of a period, from ``since`` up to ``until``, as of ``as_of``.

    ``accounts`` are those that are assessed. A part that nobody gathered is absent with that reason.
    """

    since: datetime
    until: datetime
    as_of: datetime
    accounts: tuple[str, ...] = ()
    bundles: Bundles = Bundles(absent="no bundles were given")
    integrity: Integrity = Integrity(absent="no digest files were validated")
    listing: Listing = Listing(absent="the store of the logs was not listed")
    records: Records = Records(absent="no log records were read")
    replayed: Replayed = Replayed(absent="nothing was replayed")
    alarms: Alarms = Alarms(absent="no alarm history was read")
    reviews: Reviews = Reviews(absent="no history of reviews was read")
    responses: Responses = Responses(absent="no statements were given (--statements)")
    stores: Stores = Stores(absent="no bucket that keeps reports was named (scan --evidence-bucket NAME)")
    starts: tuple[ApprovedStart, ...] = ()
