"""Who judged what, when and in which scope, and the counts of what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from scanner.model.rules import Over, Setting
from scanner.model.values import EvidenceId, JsonValue, Outcome, RuleId


@dataclass(frozen=True, slots=True)
class Tool:
    """A program with its version ("" where it is not known)."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """The AWS identity that collected, as ``sts:GetCallerIdentity`` names it ("" where it was not recorded)."""

    account: str = ""
    arn: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """When facts or records were collected (``finished`` is "" when that did not come to its end), and by what.

    ``dependencies`` are versions of libraries by name.
    """

    started: str
    finished: str = ""
    tool: Tool = Tool()
    dependencies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatedRoute:
    """A declared route as reports name it: what it leads through, who is said to look there, and on whose word.

    ``reviewed`` and ``expires`` are dates; ``counts`` says whether the time of collection lies between them.
    """

    id: str
    through: str
    watched_by: str
    owner: str
    proof: str
    reviewed: str
    expires: str
    counts: bool


@dataclass(frozen=True, slots=True)
class FrameworkVersion:
    """A framework whose controls are listed."""

    id: str
    title: str
    version: str


@dataclass(frozen=True, slots=True)
class AccountScope:
    """The Regions of an account that were looked at, and those that were not, each with the reason.

    ``reason`` says why nothing of the account was looked at ("" when it was). ``joined`` is when the account joined its
    organization ("" where that was not asked).
    """

    regions: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    joined: str = ""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What became of one source of log records: how many records it holds, what was not read, and why.

    ``malformed`` and ``unread`` are the first such items, by position in the source with what is wrong; their counts
    are of all. ``skipped`` says what a source is that is known to hold no records, and ``cut`` why its end is missing
    ("" where neither is so). ``sha256`` is of the bytes as stored ("" when they could not be read).
    """

    evidence: EvidenceId
    source: str
    envelope: str
    records: int
    duplicates: int
    matched: int
    malformed: tuple[tuple[int, str], ...]
    malformed_count: int
    unread: tuple[tuple[int, str], ...]
    unread_count: int
    skipped: str
    cut: str
    notes: tuple[str, ...]
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Accounting:
    """The sums over all sources: records read are different events plus repeated deliveries (``duplicates``).

    ``incomplete`` sources were not read whole, ``skipped`` ones hold no records, ``cut`` ones lack their end.
    ``passed_over`` were found and deliberately not read, as (name, why). While ``duplicates_exact`` is false, some
    repeated delivery may not have been recognized.
    """

    sources: int = 0
    records: int = 0
    duplicates: int = 0
    duplicates_exact: bool = True
    events: int = 0
    matched: int = 0
    malformed: int = 0
    unread: int = 0
    incomplete: int = 0
    skipped: int = 0
    cut: int = 0
    passed_over: tuple[tuple[str, str], ...] = ()
    records_by_account: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every assessment says of how it came about: by what, of when, by which rules and settings.

    ``settings`` are every parameter in force.
    """

    collected: Collected
    tool: Tool = Tool()
    caller: Caller = Caller()
    partition: str = ""
    frameworks: tuple[FrameworkVersion, ...] = ()
    rules: tuple[RuleId, ...] = ()
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRun(Run):
    """An assessment of the configuration that a snapshot recorded.

    ``asked`` is what the collection was asked to look at, as the snapshot states it (None where it does not).
    ``skipped`` are accounts out of scope, such as suspended ones, each with the reason.
    ``declared`` are the routes that the user declared.
    ``redacted`` says how many different values were replaced by pseudonyms, by the rule that chose them.
    """

    over: ClassVar[Over] = Over.FACTS

    accounts: Mapping[str, AccountScope] = field(default_factory=dict)
    asked: Mapping[str, JsonValue] | None = None
    skipped: Mapping[str, str] = field(default_factory=dict)
    declared: tuple[StatedRoute, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts in scope, ascending."""
        return tuple(sorted(self.accounts))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRun(Run):
    """An assessment of log records: the sources ``asked`` for, the window of time, and what became of each source.

    ``accounts`` are those that the records are of. ``since`` and ``until`` are "" where the window is open;
    ``excluded`` are patterns of names that were left out. ``redacted`` is that of a scan.
    """

    over: ClassVar[Over] = Over.RECORDS

    accounts: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    excluded: tuple[str, ...] = ()
    sources: tuple[SourceLine, ...] = ()
    accounting: Accounting = Accounting()
    redacted: Mapping[str, int] = field(default_factory=dict)

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts that the records are of, ascending."""
        return tuple(sorted(self.accounts))


@dataclass(frozen=True, slots=True)
class Gathered:
    """A part of the evidence of a period: where it was read from, or why it was not, and what it lacks."""

    part: str
    source: str = ""
    absent: str = ""
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRun(ScanRun):
    """An assessment of a period: the newest configuration as a scan judges it, and the evidence of a time.

    It goes from ``since`` up to ``until``, and everything is as of ``as_of``. ``gathered`` are the parts of the
    evidence, and ``logs`` how the log records were read (None where none were).
    """

    over: ClassVar[Over] = Over.PERIOD

    since: str = ""
    until: str = ""
    as_of: str = ""
    gathered: tuple[Gathered, ...] = ()
    logs: LogRun | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts that reconcile with the lists of the assessment: findings by outcome, controls by framework and outcome.

    ``calls`` is how much evidence there is; ``records`` how many log records were read (None for a scan).
    """

    findings: Mapping[Outcome, int] = field(default_factory=dict)
    controls: Mapping[str, Mapping[Outcome, int]] = field(default_factory=dict)
    calls: int = 0
    gaps: int = 0
    records: int | None = None
