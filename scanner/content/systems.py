"""The AWS systems that record, keep, search and report audit events: what each is for, and what it is not.

The statements are data (``systems.yaml`` beside this module), each system's with the pages of AWS that it rests on;
``docs/monitoring-systems.md`` says the same to read through.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from scanner.documents import read_document
from scanner.model import JsonValue
from scanner.model.json_values import as_objects, as_text, as_texts


@dataclass(frozen=True, slots=True)
class MonitoringSystem:
    """One system. All texts are clauses without a full stop that continue "Use it to …", "Do not rely on it when …".

    ``needs`` are what somebody may need it for, as nouns; ``alerts`` and ``organization`` answer whether it tells
    somebody of events and whether it serves a whole organization; ``rules`` are the areas of rules, and the ids of
    single rules, that are about it or read what it holds; ``sources`` the pages that the statements rest on.
    """

    id: str
    title: str
    use: str
    needs: tuple[str, ...]
    delay: str
    retention: str
    alerts: str
    organization: str
    limits: tuple[str, ...]
    cost: str
    avoid: str
    rules: tuple[str, ...]
    sources: tuple[str, ...]

    def concerns(self, rule: str) -> bool:
        """Whether the rule is one of those named, or of an area that is."""
        return rule in self.rules or rule.partition(".")[0] in self.rules


@cache
def monitoring_systems() -> tuple[MonitoringSystem, ...]:
    """Every system, in the order in which an account meets them."""
    path = Path(str(files("scanner.content"))) / "systems.yaml"
    return tuple(map(_system, as_objects(read_document(path, proven=True).value)))


def systems_of(rule: str) -> tuple[MonitoringSystem, ...]:
    """The systems that a rule such as ``route.root-usage`` is about, or whose records it reads."""
    return tuple(system for system in monitoring_systems() if system.concerns(rule))


def _system(entry: Mapping[str, JsonValue]) -> MonitoringSystem:
    return MonitoringSystem(
        id=as_text(entry["id"]),
        title=as_text(entry["title"]),
        use=as_text(entry["use"]),
        needs=as_texts(entry["needs"]),
        delay=as_text(entry["delay"]),
        retention=as_text(entry["retention"]),
        alerts=as_text(entry["alerts"]),
        organization=as_text(entry["organization"]),
        limits=as_texts(entry["limits"]),
        cost=as_text(entry["cost"]),
        avoid=as_text(entry["avoid"]),
        rules=as_texts(entry["rules"]),
        sources=as_texts(entry["sources"]),
    )
