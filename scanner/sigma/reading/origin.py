"""What a Sigma rule says of itself: title, identity, author, licence, level, references."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.model import Severity

_LEVELS: Mapping[str, Severity] = {
    "informational": Severity.INFO,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a Sigma rule says of itself. ``identity`` is its id, or its title and condition where it has none."""

    title: str
    identity: str
    id: str
    description: str
    author: str
    licence: str
    level: str
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]

    @property
    def states_level(self) -> bool:
        """Whether its level is one that Sigma knows."""
        return self.level in _LEVELS

    @property
    def severity(self) -> Severity:
        """The severity of its level; medium without one."""
        return _LEVELS.get(self.level, Severity.MEDIUM)


def origin_of(data: Mapping[str, Any]) -> Origin:
    """The descriptive keys of a Sigma rule, as one-line texts."""
    title = _line(data.get("title"))
    core = json.dumps([title, data.get("detection", data.get("correlation"))], sort_keys=True, default=str)
    identifier = _line(data.get("id"))
    return Origin(
        title=title,
        identity=identifier or core,
        id=identifier,
        description=_line(data.get("description")),
        author=_line(data.get("author")),
        licence=_line(data.get("license")),
        level=_line(data.get("level")).lower(),
        tags=_lines(data.get("tags")),
        references=_lines(data.get("references")),
        falsepositives=_lines(data.get("falsepositives")),
    )


def _line(value: object) -> str:
    """Any scalar as one line of printable text."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    text = "".join(character if character.isprintable() else " " for character in str(value))
    return " ".join(text.split())


def _lines(value: object) -> tuple[str, ...]:
    found = [_line(item) for item in value] if isinstance(value, list) else [_line(value)]
    return tuple(line for line in found if line)
