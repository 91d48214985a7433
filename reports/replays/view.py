"""What the page of a replay shows, as plain values: whoever replays fills them in, and the page lays them out."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.formats.html.views.marks import Mark
from reports.timelines.picture import Picture


@dataclass(frozen=True, slots=True)
class Told:
    """That an alarm or rule told of records: when, by what, how long after the event, and the first records."""

    at: str
    by: str
    records: int
    after: str
    note: str
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Untold:
    """Records that raised nothing of their own: since when, the reason as a word and as a clause, the first records."""

    mark: Mark
    at: str
    reason: str
    why: str
    records: int
    note: str
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Route:
    """A route with its timeline. ``told_left`` and ``untold_left`` are not shown."""

    rule: str
    title: str
    mark: Mark
    counts: Sequence[tuple[Mark, int]]
    picture: Picture
    told: Sequence[Told]
    told_left: int
    untold: Sequence[Untold]
    untold_left: int


@dataclass(frozen=True, slots=True)
class History:
    """What the alarm history says beside the prediction for one alarm."""

    alarm: str
    lines: Sequence[str]
    left: int


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Everything on the page. ``warning`` is said on top and of each route where records are made up ("": nothing)."""

    warning: str
    verdict: Mark
    sentence: str
    facts: Sequence[tuple[str, str]]
    routes: Sequence[Route]
    quiet: Sequence[tuple[str, str]]
    unreplayed: Sequence[tuple[str, str]]
    histories: Sequence[History]
    unread: Sequence[tuple[str, str]]
    unread_left: int
    assumptions: Sequence[str]
