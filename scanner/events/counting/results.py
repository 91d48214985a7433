"""What log-events rules found in all sources together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.events.hits import Burst, Hit
from scanner.events.reading.sources.accounting import SourceAccount
from scanner.model import RuleId


@dataclass(frozen=True, slots=True)
class Hits:
    """The hits of one rule in one account.

    ``count`` is how many different records matched, ``records`` how many including repeats; ``first`` are some of them.
    """

    count: int
    records: int
    first: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Bursts:
    """What a threshold found: the first burst of every group; ``undated`` hits have no readable time.

    ``over`` says that a declared limit of memory was passed, so that a missing burst means nothing. ``ungrouped`` hits
    lack what records are counted by.
    """

    found: tuple[Burst, ...]
    undated: int
    over: bool
    ungrouped: int = 0


@dataclass(frozen=True, slots=True)
class LogResult:
    """What all sources together gave.

    ``sources`` are in order of their names. ``accounts`` counts the records of each account ("" without one), and
    ``apart`` those of a category that rules judge only when they say so, by account and category. ``hits`` are by rule
    and account; ``bursts`` hold every rule with a threshold; ``seen`` are the rules and accounts whose ``seen`` pattern
    matched. ``exact`` is false when there were too many records to recognize every repeated delivery: counts may then
    be too high.
    """

    sources: tuple[SourceAccount, ...]
    accounts: Mapping[str, int]
    hits: Mapping[tuple[RuleId, str], Hits]
    bursts: Mapping[RuleId, Bursts]
    seen: frozenset[tuple[RuleId, str]]
    exact: bool
    apart: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """How many records were read."""
        return sum(source.records for source in self.sources)

    @property
    def incomplete(self) -> tuple[SourceAccount, ...]:
        """The sources that could not be read whole: what they hold beyond is not known."""
        return tuple(source for source in self.sources if not source.complete)
