"""The AWS systems that record, keep, search and report audit events: what each is for, and what it is not.

The statements are data (``systems.yaml`` beside this module), each system's with the pages of AWS that it rests on;
``docs/monitoring-systems.md`` says the same to read through.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

from scanner.documents import read_document
from scanner.model import JsonValue
from scanner.model.json_values import as_objects, as_text, as_texts


@dataclass(frozen=True, slots=True)
class MonitoringSystem:
    """One system. All texts are clauses without a full stop that continue "Use it to …", "Avoid it when …" and so on.

    ``needs`` are what somebody may need it for, as nouns; ``areas`` are the areas of rules whose question it can
    answer; ``sources`` the pages that the statements rest on.
    """

    id: str
    title: str
    use: str
    needs: tuple[str, ...]
    delay: str
    retention: str
    limits: tuple[str, ...]
    cost: str
    avoid: str
    areas: tuple[str, ...]
    sources: tuple[str, ...]


@cache
def monitoring_systems() -> tuple[MonitoringSystem, ...]:
    """Every system, in the order in which an account meets them."""
    path = Path(str(files("scanner.content"))) / "systems.yaml"
    return tuple(map(_system, as_objects(read_document(path, proven=True).value)))


def systems_of(area: str) -> tuple[MonitoringSystem, ...]:
    """The systems that can answer rules of an area, such as ``route``."""
    return tuple(system for system in monitoring_systems() if area in system.areas)


def _system(entry: Mapping[str, JsonValue]) -> MonitoringSystem:
    return MonitoringSystem(
        id=as_text(entry["id"]),
        title=as_text(entry["title"]),
        use=as_text(entry["use"]),
        needs=as_texts(entry["needs"]),
        delay=as_text(entry["delay"]),
        retention=as_text(entry["retention"]),
        limits=as_texts(entry["limits"]),
        cost=as_text(entry["cost"]),
        avoid=as_text(entry["avoid"]),
        areas=as_texts(entry["areas"]),
        sources=as_texts(entry["sources"]),
    )


def systems_page() -> str:
    """``docs/monitoring-systems.md``: which system for which need, and each of them at length."""
    rows = list(chain.from_iterable(map(_needs, monitoring_systems())))
    compared = [f"| {_linked(each)} | {each.delay} | {each.retention} |" for each in monitoring_systems()]
    parts = [_HEAD, *rows, "", *_COMPARED, *compared]
    for system in monitoring_systems():
        parts += ["", *_chapter(system)]
    return "\n".join(parts) + "\n"


def _needs(system: MonitoringSystem) -> list[str]:
    return [f"| {need} | {_linked(system)} |" for need in system.needs]


def _linked(system: MonitoringSystem) -> str:
    anchor = "".join(each for each in system.title.lower() if each.isalnum() or each in " -").replace(" ", "-")
    return f"[{system.title}](#{anchor})"


def _chapter(system: MonitoringSystem) -> Iterator[str]:
    yield f"## {system.title}"
    yield ""
    yield f"`trailwitness explain {system.id}`. Use it to {system.use}."
    yield ""
    yield f"- **Delay**: {system.delay}."
    yield f"- **Retention**: {system.retention}."
    yield f"- **Cost**: {system.cost}."
    yield f"- **Do not rest on it when** {system.avoid}."
    yield f"- **Rules that look at it**: `{'.*`, `'.join(system.areas)}.*`."
    yield "- **Limits**:"
    yield from (f"  - {limit}" for limit in system.limits)
    yield ""
    yield f"Sources: <{'>, <'.join(system.sources)}>"


_HEAD = """# Monitoring systems

AWS has ten systems that record, keep, search or report audit events. No control is met by a system's name; it is met by
what the system does for the events in question. This page says what each is for, and what it is not. `trailwitness
explain` with a system's name, a rule or a control says the same on the terminal, with what a scan found. This page is
made from `scanner/content/systems.yaml`.

## Which one?

| what you need | what to use |
|---|---|"""

_COMPARED = ("## Delay and retention", "", "| system | delay | retention |", "|---|---|---|")
