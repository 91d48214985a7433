"""The facts about CloudTrail that a realistic verdict needed, gathered over the parts of a pattern and put into words."""

from dataclasses import dataclass, field

from scanner.pattern.api_names import api_name
from scanner.pattern.domain import RELATIONS


@dataclass(slots=True)
class Assumptions:
    """Facts by name, and the event names they were needed for where the fact is about names."""

    sentences: dict[str, None] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    reads: dict[bool, list[str]] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)

    def add(self, fact: str, words: str, name: str | None) -> None:
        """Note that ``fact`` was needed, for events called ``name`` (None: for no single name)."""
        known = api_name(name) if name is not None else None
        if fact == "retired" and name is not None:
            self.retired.append(name)
        elif fact == "sources" and name is not None and known is not None:
            self.sources.setdefault(_listed(known.sources), []).append(name)
        elif fact == "read-only" and name is not None and known is not None and known.read_only is not None:
            self.reads.setdefault(known.read_only, []).append(name)
        else:
            self.sentences[words] = None

    def text(self) -> str:
        """All of it as sentences joined by semicolons; "" when nothing was needed."""
        parts = [
            f"{_listed(tuple(names))} {'are' if len(names) > 1 else 'is'} recorded with eventSource {sources} only"
            for sources, names in self.sources.items()
        ]
        parts.extend(
            f"CloudTrail marks {_listed(tuple(names))} as {'read-only' if reads else 'not read-only'}"
            for reads, names in self.reads.items()
        )
        parts.extend(self.sentences)
        if self.retired:
            verb = "never occur" if len(self.retired) > 1 else "never occurs"
            parts.append(f"{_listed(tuple(self.retired))} {verb}: {RELATIONS['retired']}")
        return "; ".join(parts)


def _listed(names: tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``; long lists are cut."""
    if len(names) > 8:
        return f"{', '.join(names[:7])} and {len(names) - 7} more"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
