"""The facts about CloudTrail that a realistic verdict needed, gathered over the parts of a pattern."""

from dataclasses import dataclass, field

from scanner.pattern.cloudtrail.api_names import api_name
from scanner.pattern.cloudtrail.recorded import RELATIONS, Fact


@dataclass(slots=True)
class Assumptions:
    """Facts by name, and the event names they were needed for where the fact is about names."""

    general: dict[Fact, None] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    reads: dict[bool, list[str]] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)

    def add(self, key: str, fact: Fact, name: str | None) -> None:
        """Note that ``fact`` was needed, for events called ``name`` (None: for no single name)."""
        known = api_name(name) if name is not None else None
        if key == "retired" and name is not None:
            self.retired.append(name)
        elif key == "sources" and name is not None and known is not None:
            self.sources.setdefault(_listed(known.sources), []).append(name)
        elif key == "read-only" and name is not None and known is not None and known.read_only is not None:
            self.reads.setdefault(known.read_only, []).append(name)
        else:
            self.general[fact] = None

    def facts(self) -> tuple[Fact, ...]:
        """All of them, each with its source; empty when nothing was needed."""
        found = [
            Fact(
                f"{_listed(tuple(names))} {'are' if len(names) > 1 else 'is'} recorded with eventSource {sources} only",
                RELATIONS["sources"].source,
            )
            for sources, names in self.sources.items()
        ]
        found.extend(
            Fact(
                f"CloudTrail marks {_listed(tuple(names))} as {'read-only' if reads else 'not read-only'}",
                RELATIONS["read-only"].source,
            )
            for reads, names in self.reads.items()
        )
        found.extend(self.general)
        if self.retired:
            verb = "never occur" if len(self.retired) > 1 else "never occurs"
            words, source = RELATIONS["retired"]
            found.append(Fact(f"{_listed(tuple(self.retired))} {verb}: {words}", source))
        return tuple(found)


def _listed(names: tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
