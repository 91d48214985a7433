"""Trails as far as they record, and an account as the trails that record it: what coverage is worked out from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scanner.recording.selectors import Selector

ELSEWHERE = "Regions out of scope"
"""Stands for the enabled Regions that the user left out; only a multi-Region trail is known to record there."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """A trail as far as it records: Regions, selectors, Insights types and delivery to a log group that exists."""

    arn: str
    region: str
    multi_region: bool
    logging: bool
    organization: bool = False
    global_events: bool = False
    selectors: tuple[Selector, ...] = ()
    insights: frozenset[str] = frozenset()
    data_insights: frozenset[str] = frozenset()
    log_group: bool = False

    def records(self, region: str) -> bool:
        """Whether it is logging and covers the Region."""
        return self.logging and (self.multi_region or self.region == region)


@dataclass(frozen=True, slots=True)
class World:
    """One possible state of the account: the Regions that matter, every trail, and where events come without one."""

    regions: tuple[str, ...]
    trails: tuple[Recorder, ...]
    partition: str = "aws"
    channels: frozenset[str] = frozenset()

    @property
    def logging(self) -> tuple[Recorder, ...]:
        """The trails that are logging."""
        return tuple(trail for trail in self.trails if trail.logging)

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The Regions that matter without those that the user left out of scope."""
        return tuple(region for region in self.regions if region != ELSEWHERE)

    def everywhere(self, holds: Callable[[Recorder], bool]) -> bool:
        """Whether in every Region some trail that records there satisfies ``holds``."""
        return not self.lacking(holds)

    def lacking(self, holds: Callable[[Recorder], bool]) -> list[str]:
        """The Regions where no trail that records there satisfies ``holds``."""
        held = list(filter(holds, self.trails))
        return [region for region in self.regions if not _records_in(region, held)]

    def selectors(self, region: str) -> tuple[Selector, ...]:
        """The selectors of the trails that record in a Region."""
        return tuple(selector for trail in self.trails if trail.records(region) for selector in trail.selectors)


def _records_in(region: str, trails: Iterable[Recorder]) -> bool:
    return any(trail.records(region) for trail in trails)
