"""A picture of a period as values: rows over one axis of time, in minutes since 1970."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bars:
    """Values at minutes, drawn as heights: how many records came, or what a datapoint was."""

    label: str
    values: tuple[tuple[int, float], ...]

    def columns(self, picture: "Picture", number: int) -> list[float]:
        """The highest value of each of so many columns of equal width."""
        found = [0.0] * number
        for minute, value in self.values:
            place = picture.column(minute, number)
            if place is not None:
                found[place] = max(found[place], value)
        return found


@dataclass(frozen=True, slots=True)
class Span:
    """The state ``word`` from one minute up to, and without, another."""

    begin: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Band:
    """States one after another."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """Moments: somebody was told."""

    label: str
    minutes: tuple[int, ...]


Row = Bars | Band | Marks


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows from the minute ``begin`` up to, and without, the minute ``end``.

    ``times`` are the two as people write them; ``note`` is said beneath the title ("": nothing).
    """

    title: str
    begin: int
    end: int
    times: tuple[str, str]
    rows: tuple[Row, ...]
    note: str = ""

    def column(self, minute: int, number: int) -> int | None:
        """In which of so many columns a minute lies; None outside."""
        if not self.begin <= minute < self.end:
            return None
        return (minute - self.begin) * number // (self.end - self.begin)

    def bounds(self, span: Span, number: int) -> range:
        """The columns that a span takes, at least one where it lies inside; a minute may take several."""
        begin, end = max(span.begin, self.begin), min(span.end, self.end)
        first, last = self.column(begin, number), self.column(end - 1, number)
        if begin >= end or first is None or last is None:
            return range(0)
        return range(first, max(last + 1, (end - self.begin) * number // (self.end - self.begin)))
