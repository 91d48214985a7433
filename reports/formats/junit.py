"""JUnit XML: one test case per finding, valid for the Jenkins xUnit and the Maven Surefire 3.0 schemas.

Built with junit-xml, whose tree is then mended: it writes a ``disabled`` count the Jenkins schema refuses, a ``type``
on skipped cases and times the Surefire schema refuses, and it drops a failure that has no text. Every text is made
visible XML 1.0 before it is handed over. ``pass`` has no mark, ``fail`` is a failure, ``unknown`` an error whose type
is the kind of gap, ``not_applicable`` is skipped. What a gate passes over is skipped as well and says why: a CI server
must be as red as the exit code. Where a run is incomplete and no finding shows it, one more case does, which is an
error.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import assert_never

from junit_xml import TestCase, TestSuite

from reports.characters import visible
from reports.streams import Stream, put_bytes
from reports.wording import (
    NO_REASON,
    OUTCOME_WORDS,
    Lookup,
    control_names,
    evidence_names,
    extras,
    first_line,
    gap_kind,
    gaps_of,
    hit_lines,
    link_lines,
    lookup,
    place,
    resource_name,
    route,
    what_to_do,
)
from scanner.errors import TrailwitnessError
from scanner.model import Assessment, Finding, Gate, Outcome

MESSAGE_LIMIT = 200
"""Most characters of a ``message``: readers show it in one line. The element's text repeats it whole."""

EVERYTHING = Gate()
"""The gate that every failure and every unknown stops."""

_NO_TIME = "0.000"
_RUN = "run"
_COUNTED: Mapping[str, str] = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_MARKS: Mapping[Outcome, str] = {
    Outcome.FAIL: "failures",
    Outcome.UNKNOWN: "errors",
    Outcome.NOT_APPLICABLE: "skipped",
    Outcome.MANUAL: "skipped",
}


def write(assessment: Assessment, out: Stream, gate: Gate = EVERYTHING, incomplete: str = "") -> None:
    """Write ``assessment`` to ``out`` as JUnit XML, failures and errors as far as they stop ``gate``.

    ``incomplete`` says why the run stops the gate although nothing failed ("" when it does not).
    """
    put_bytes(out, junit_bytes(assessment, gate, incomplete))


def junit_bytes(assessment: Assessment, gate: Gate = EVERYTHING, incomplete: str = "") -> bytes:
    """``assessment`` as JUnit XML in UTF-8, suites by account and Region, cases in the assessment's order.

    Raises TrailwitnessError if the document would not hold every finding with its outcome.
    """
    if any(finding.outcome is Outcome.UNKNOWN and not _passed_over(finding, gate) for finding in assessment.findings):
        incomplete = ""  # an error of its own shows it
    found = lookup(assessment)
    places: dict[tuple[str, str], list[Finding]] = {}
    for finding in assessment.findings:
        places.setdefault((finding.account, finding.region), []).append(finding)
    names = _Names()
    root = ET.Element("testsuites", {"name": "trailwitness"})
    for account, region in sorted(places):
        cases = [_case(finding, names, found, gate) for finding in places[account, region]]
        suite = TestSuite(visible(place(account, region)), cases, properties=_properties(assessment, account, region))
        root.append(_mended(suite.build_xml_doc()))
    if incomplete:
        suite = TestSuite(_RUN, [_run_case(incomplete)], properties=_properties(assessment, "", ""))
        root.append(_mended(suite.build_xml_doc()))
    _count(root)
    _check(root, assessment.findings, gate, whole=not incomplete)
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"


def _passed_over(finding: Finding, gate: Gate) -> str:
    return finding.passed_over(gate)


def _run_case(incomplete: str) -> TestCase:
    case = TestCase("Everything in scope was looked at", _RUN)
    case.add_error_info(first_line(incomplete, MESSAGE_LIMIT), visible(incomplete), "incomplete")
    return case


class _Names:
    """Gives each case a name of its own: CI servers take cases of equal class and name for one and drop the later."""

    def __init__(self) -> None:
        self._given: set[tuple[str, str]] = set()

    def name(self, classname: str, wanted: str) -> str:
        name, number = wanted, 2
        while (classname, name) in self._given:
            name, number = f"{wanted} ({number})", number + 1
        self._given.add((classname, name))
        return name


def _case(finding: Finding, names: _Names, found: Lookup, gate: Gate) -> TestCase:
    classname = visible(f"rules.{finding.rule.partition('.')[0]}")
    name = names.name(classname, visible(f"{finding.rule}: {finding.title} [{resource_name(finding)}]"))
    case = TestCase(name, classname)
    message, text = first_line(finding.reason, MESSAGE_LIMIT), _text(finding, found)
    if why := _passed_over(finding, gate):
        verdict = OUTCOME_WORDS[finding.outcome]
        case.add_skipped_info(first_line(f"{verdict}, but {why}: {finding.reason}", MESSAGE_LIMIT), text)
        return case
    match finding.outcome:
        case Outcome.FAIL:
            case.add_failure_info(message, text, visible(finding.severity))
        case Outcome.UNKNOWN:
            case.add_error_info(message, text, visible(gap_kind(finding, found)))
        case Outcome.NOT_APPLICABLE | Outcome.MANUAL:
            case.add_skipped_info(message, text)
        case Outcome.PASS:
            case.stdout = text
        case _:
            assert_never(finding.outcome)
    return case


def _text(finding: Finding, found: Lookup) -> str:
    """All a reader needs without the other reports: some CI servers show this text and not the message."""
    lines = [visible(finding.reason, keep="\n\t").strip() or NO_REASON, ""]
    lines += [
        f"Rule: {visible(finding.rule)} ({finding.severity})",
        f"Resource: {visible(finding.resource)}",
        f"Account and Region: {visible(place(finding.account, finding.region))}",
    ]
    if finding.links:
        lines.append(f"Route: {route(finding.links)}")
        lines += [f"  {line}" for line in link_lines(finding.links)]
    lines += [f"{label}: {text}" for label, text in extras(finding)]
    lines += [f"Hit: {line}" for line in hit_lines(finding)]
    evidence = evidence_names(finding, found)
    if evidence:
        lines.append(f"Evidence: {visible(', '.join(evidence))}")
    controls = control_names(finding.rule, found)
    if controls:
        lines.append(f"Controls: {visible('; '.join(controls))}")
    if finding.outcome is Outcome.UNKNOWN:
        lines += [f"Could not look ({visible(gap.kind)}): {visible(gap.reason)}" for gap in gaps_of(finding, found)]
    if finding.rule in found.rules and finding.outcome is Outcome.FAIL:
        lines += ["", f"What to do: {visible(what_to_do(finding, found), keep=chr(10)).strip()}"]
    return "\n".join(lines)


def _properties(assessment: Assessment, account: str, region: str) -> dict[str, str]:
    run = assessment.run
    facts = {
        "account": account,
        "region": region,
        "partition": run.partition,
        "tool": f"{run.tool.name} {run.tool.version}".strip(),
        "collected.started": run.collected.started,
        "collected.finished": run.collected.finished,
    }
    return {name: visible(value) for name, value in facts.items()}


def _mended(suite: ET.Element) -> ET.Element:
    suite.attrib.pop("disabled", None)
    suite.set("time", _NO_TIME)
    for case in suite.iter("testcase"):
        case.set("time", _NO_TIME)
        for skipped in case.iter("skipped"):
            skipped.attrib.pop("type", None)
    return suite


def _count(root: ET.Element) -> None:
    # The Jenkins schema knows no "skipped" on the root; its "tests" includes the skipped ones.
    totals = dict.fromkeys(("tests", "failures", "errors"), 0)
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        suite.set("tests", str(len(cases)))
        totals["tests"] += len(cases)
        for attribute, tag in _COUNTED.items():
            number = sum(case.find(tag) is not None for case in cases)
            suite.set(attribute, str(number))
            if attribute in totals:
                totals[attribute] += number
    for attribute, number in totals.items():
        root.set(attribute, str(number))
    root.set("time", _NO_TIME)


def _check(root: ET.Element, findings: Iterable[Finding], gate: Gate, *, whole: bool) -> None:
    """Refuse to hand out a document that lost a verdict: a dropped failure would read as a pass."""
    wanted = {"tests": 0, **dict.fromkeys(_COUNTED, 0)}
    if not whole:
        wanted["tests"] = wanted["errors"] = 1
    for finding in findings:
        wanted["tests"] += 1
        if _passed_over(finding, gate):
            wanted["skipped"] += 1
        elif finding.outcome in _MARKS:
            wanted[_MARKS[finding.outcome]] += 1
    written = dict.fromkeys(wanted, 0)
    for suite in root.iter("testsuite"):
        for name in wanted:
            written[name] += int(suite.get(name, "0"))
    if written != wanted:
        raise TrailwitnessError(
            f"The JUnit report would hold {written}, the assessment holds {wanted}.",
            "Use the JSON report, and report this as a defect of Trailwitness.",
        )
