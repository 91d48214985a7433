"""From log sources that were opened to a profile of what their records hold; nothing is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.errors import SourceError
from scanner.model import JsonValue
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.watching import Watch, unwatched

if TYPE_CHECKING:
    from scanner.events.profile import Profile


@dataclass(frozen=True, slots=True)
class Profiled:
    """The profile of the records, and what was lost, as (source, why)."""

    profile: "Profile"
    broken: tuple[tuple[str, str], ...]

    def document(self, asked: Asked, opened: Opened, top: int) -> Mapping[str, JsonValue]:
        """What `profile --json` prints: the ``top`` entries of each list, and which sources they are of."""
        from scanner.events.profile import summary

        broken: list[JsonValue] = [{"source": source, "why": why} for source, why in self.broken]
        passed_over: list[JsonValue] = [{"source": source, "why": why} for source, why in opened.passed_over]
        return {
            **summary(self.profile, top),
            "sources": len(opened.sources),
            "not_read_whole": broken,
            "passed_over": passed_over,
            "excluded": list(asked.excluded),
        }


def profile_sources(asked: Asked, opened: Opened, watch: Watch = unwatched) -> Profiled:
    """Count what the records of the sources hold, in the order of the sources' names."""
    from scanner.events.profile import Profile
    from scanner.events.reading.fields.period import period_of
    from scanner.events.reading.records import split

    found = Profile()
    broken: list[tuple[str, str]] = []
    period = period_of(asked.since, asked.until)
    with watch() as progress:
        for done, source in enumerate(sorted(opened.sources, key=lambda each: each.name), start=1):
            try:
                whole = split(source.read(), source.name)
            except SourceError as error:
                broken.append((source.name, str(error)))
                continue
            found.add(whole.within(period).records, source.name)
            broken += [(source.name, why) for _, why in whole.account().losses()]
            progress("log sources", done, len(opened.sources))
    return Profiled(found, tuple(broken))
