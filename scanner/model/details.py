"""What a finding knows beside its reason, by the kind of check that judged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fix:
    """How a failure is put right: a sentence, and commands of the AWS CLI, each quoted for a shell.

    ``link`` names the link of a route that they repair ("" where the rule judges no route).
    """

    text: str
    commands: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class RouteDetails:
    """Where a route breaks, and what is lost there.

    ``first_broken`` names the first link that is not whole ("" where every event arrives). ``lost`` are the events
    that no route carries, ``nearest`` the resource that comes nearest to carrying them, ``assumption`` what the
    verdict assumes about the events that CloudTrail delivers, and ``warnings`` remarks that do not change it.
    ``other_ways`` are not judged and may carry what the route loses; of the ways in ``not_looked_at`` no fact was
    collected.
    """

    first_broken: str = ""
    lost: tuple[str, ...] = ()
    nearest: str = ""
    assumption: str = ""
    warnings: tuple[str, ...] = ()
    other_ways: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class ResourceDetails:
    """The rule's remediation with the resource's own names in it."""

    fix: Fix


@dataclass(frozen=True, slots=True)
class MatchedRecord:
    """A record that a log-events rule matched: what it says, its ``source`` and its place among the items there."""

    event_id: str
    event_time: str
    event_name: str
    event_source: str
    region: str
    actor: str
    source_ip: str
    error: str
    source: str
    record: int


@dataclass(frozen=True, slots=True)
class RecordBurst:
    """Records that passed a threshold together: how many, from when to when, and the ids of the first events.

    ``group`` are the values that they were counted by, as JSON texts.
    """

    group: tuple[str, ...]
    records: int
    start: str
    end: str
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HitDetails:
    """The records that a log-events rule found.

    ``hit_count`` is how many different events matched and ``matching_records`` how many records with repeated
    deliveries; ``hits`` are the first of them. While ``exact`` is false some repeated delivery may not have been
    recognized, and the count is an upper bound. For a rule with a threshold, ``burst_count`` is how many groups passed
    it and ``bursts`` the first burst of each of the first groups.
    """

    hit_count: int
    matching_records: int
    exact: bool
    hits: tuple[MatchedRecord, ...]
    burst_count: int = 0
    bursts: tuple[RecordBurst, ...] = ()


@dataclass(frozen=True, slots=True)
class NoHitDetails:
    """A log-events rule found nothing among ``records_judged`` records (None: no record was read at all).

    ``because`` says why that leaves the verdict unknown: ``UNREAD``, ``UNSEEN`` or both; empty where it does not.
    """

    records_judged: int | None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodDetails:
    """How far a period was looked at: from ``since`` up to ``until`` was asked for.

    ``covered`` says that no part of it was left out; ``looked_at`` and ``not_looked_at`` say what was and was not.
    """

    since: str
    until: str
    covered: bool
    looked_at: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()


Details = RouteDetails | ResourceDetails | HitDetails | NoHitDetails | PeriodDetails
