"""Which events that must be reviewed no query of Logs Insights keeps."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.pattern import CoverageVerdict, parse
from scanner.pattern.insights.keeping import keeps, understood


def unreviewed_events(queries: Sequence[Mapping[str, Any]], patterns: Sequence[str]) -> list[str]:
    """Those of the filter patterns that match an event which none of the queries keeps, each with such an event.

    Raises ValueError where that cannot be told, and PatternError for a pattern that CloudWatch Logs would reject.
    """
    read = [understood(str(each.get("Query")), str(each.get("Language"))) for each in queries]
    missed: list[str] = []
    for pattern in patterns:
        proof = keeps(parse(pattern), read)
        if proof.verdict is CoverageVerdict.UNDETERMINED:
            raise ValueError(f"Whether its queries keep the events of {pattern} cannot be told: {proof.reason}")
        if proof.verdict is CoverageVerdict.NOT_COVERED:
            missed.append(f"{pattern}{_example(proof.witness or {})}")
    return missed


def _example(event: Mapping[str, Any]) -> str:
    name, source = event.get("eventName"), event.get("eventSource")
    return f", for example {name} of {source}" if name and source else ""
