"""The assessment that a document was written from, so that everything else made from it can be made again.

Rules are not taken from the document: it holds their digests, and whoever reads it has their files.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.document import read_document
from reports.wording import SYNTHETIC, call_key
from scanner.errors import SnapshotError
from scanner.model import (
    Assessment,
    ControlResult,
    Coverage,
    Evidence,
    EvidenceId,
    Finding,
    Gap,
    Link,
    Outcome,
    Rule,
    RuleId,
    Severity,
    Source,
)

Entry = Mapping[str, Any]


def read_assessment(data: bytes, rules: Iterable[Rule]) -> Assessment:
    """The assessment of a document over log records that was judged by ``rules``.

    Written again it gives the same bytes, unless somebody changed the document. A finding's sources are those that have
    evidence numbers: of an assessment over an account, calls that were never made are lost. Raises SnapshotError when the
    document is not of the shape that ``reports.document`` writes.
    """
    document = read_document(data)
    try:
        evidence = tuple(_evidence(entry) for entry in document["evidence"])
        keys = {str(item.id): call_key(item) for item in evidence}
        return Assessment(
            run=document["run"],
            rules=tuple(sorted(rules, key=lambda rule: rule.id)),
            findings=tuple(_finding(entry, keys) for entry in document["findings"]),
            controls=tuple(_control(entry) for entry in document["controls"]),
            gaps=tuple(_gap(entry) for entry in document["gaps"]),
            evidence=evidence,
            summary=document["summary"],
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(
            "The assessment document is not of the shape that Trailwitness writes.", "Use an unchanged copy."
        ) from error


def _finding(entry: Entry, keys: Mapping[str, str]) -> Finding:
    witness = entry["witness"]
    return Finding(
        rule=RuleId(entry["rule"]),
        outcome=Outcome(entry["outcome"]),
        severity=Severity(entry["severity"]),
        account=entry["account"],
        region=entry["region"],
        resource=entry["resource"],
        reason=entry["reason"],
        title=entry["title"],
        links=tuple(
            Link(link["link"], Outcome(link["verdict"]), link["reason"], link["candidate"]) for link in entry["links"]
        ),
        witness=None if witness is None else {name: value for name, value in witness.items() if name != SYNTHETIC},
        details=entry["details"],
        sources=tuple(_source(pointer, keys) for pointer in entry["pointers"]),
        evidence=_ids(entry["evidence"]),
    )


def _source(pointer: str, keys: Mapping[str, str]) -> Source:
    number, _, path = pointer.partition("#")
    return Source(keys[number], path)


def _ids(numbers: Sequence[str]) -> tuple[EvidenceId, ...]:
    return tuple(EvidenceId(number) for number in numbers)


def _control(entry: Entry) -> ControlResult:
    return ControlResult(
        framework=entry["framework"],
        id=entry["id"],
        title=entry["title"],
        coverage=Coverage(entry["coverage"]),
        outcome=Outcome(entry["outcome"]),
        notes=entry["notes"],
        rules=tuple(RuleId(rule) for rule in entry["rules"]),
    )


def _gap(entry: Entry) -> Gap:
    members = ("account", "region", "operation", "arguments", "kind", "code", "reason")
    return Gap(*(entry[name] for name in members))


def _evidence(entry: Entry) -> Evidence:
    return Evidence(
        id=EvidenceId(entry["id"]),
        account=entry["account"],
        region=entry["region"],
        operation=entry["operation"],
        arguments=entry["arguments"],
        file=entry["file"],
        sha256=entry["sha256"],
        bytes=entry["bytes"],
        started=entry["started"],
        request_ids=tuple(entry["request_ids"]),
        error=entry["error"],
    )
