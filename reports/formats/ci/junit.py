"""JUnit XML: one test case per finding, valid for the Jenkins xUnit and the Maven Surefire 3.0 schemas.

Built with junit-xml, whose tree is then mended: it writes a ``disabled`` count the Jenkins schema refuses, a ``type``
on skipped cases and times the Surefire schema refuses, and it drops a failure that has no text. Every text is made
visible XML 1.0 before it is handed over. ``pass`` has no mark, ``fail`` is a failure, ``unknown`` an error whose type
is the kind of gap, ``not_applicable`` is skipped. What a gate passes over is skipped as well and says why, in place of
passing with a note that no server shows: a CI server must be as red as the exit code. A waiver that no longer counts is
a failure of its own, and where a run is incomplete and no finding shows it, one more case does, which is an error.

The schemas know no file and no line of a case. The text of one ends with the rule's file and line, where readers such
as mikepenz/action-junit-report look for them; the class ends with the name of that file, by which they find it.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from typing import assert_never

from junit_xml import TestCase, TestSuite

from reports.characters import visible
from reports.formats.ci.durations import Durations, Place, seconds, share
from reports.formats.ci.gating import EVERYTHING
from reports.formats.ci.names import Names, case_name, class_name, rule_file
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
    route,
    what_to_do,
)
from scanner.errors import TrailwitnessError
from scanner.model import Assessment, Finding, Gate, Outcome

MESSAGE_LIMIT = 200
"""Most characters of a ``message``: readers show it in one line. The element's text repeats it whole."""

_MOST_CITED = 3
_RUN = "run"
_COUNTED: Mapping[str, str] = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_ACCOUNT = attrgetter("account")


def write(assessment: Assessment, out: Stream, gate: Gate = EVERYTHING, incomplete: str = "") -> None:
    """Write ``assessment`` to ``out`` as JUnit XML, failures and errors as far as they stop ``gate``.

    ``incomplete`` says why the run stops the gate although nothing failed ("" when it does not).
    """
    for piece in _pieces(assessment, gate, incomplete):
        put_bytes(out, piece)


def junit_bytes(assessment: Assessment, gate: Gate = EVERYTHING, incomplete: str = "") -> bytes:
    """``assessment`` as JUnit XML in UTF-8, suites by account and Region, cases in the assessment's order.

    Raises TrailwitnessError if the document would not hold every finding with its outcome.
    """
    return b"".join(_pieces(assessment, gate, incomplete))


def _pieces(assessment: Assessment, gate: Gate, incomplete: str) -> Iterator[bytes]:
    """The document, one suite at a time: that of thousands of accounts is never held whole."""
    wanted = _wanted(assessment.findings, gate)
    if any(counts.errors for counts in wanted.values()):
        incomplete = ""  # an error of its own shows it
    run_cases = _run_cases(assessment.exceptions.faults, incomplete)
    if run_cases:
        faults = len(assessment.exceptions.faults)
        wanted[_WHOLE_RUN] = _Counts(tests=len(run_cases), failures=faults, errors=len(run_cases) - faults)
    durations = Durations(assessment, {place_: counts.tests for place_, counts in wanted.items()})
    root = ET.tostring(_root(wanted.values(), durations.run), encoding="unicode")
    opened = f"{root.removesuffix(' />')}>" if wanted else root
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{opened}'.encode()
    found, names = lookup(assessment), Names()
    for place_, findings in _by_place(assessment.findings):
        cases = [_case(finding, names, found, gate) for finding in findings]
        suite = TestSuite(visible(place(*place_)), cases, properties=_properties(assessment, gate, *place_))
        yield _written(suite, wanted[place_], durations.of(place_), durations.started(place_))
    if run_cases:
        suite = TestSuite(_RUN, run_cases, properties=_properties(assessment, gate, "", ""))
        yield _written(suite, wanted[_WHOLE_RUN], durations.of(_WHOLE_RUN), durations.started(_WHOLE_RUN))
    yield b"\n</testsuites>\n" if wanted else b"\n"


@dataclass(slots=True)
class _Counts:
    """How many cases a suite has, and how many of them are marked in which way."""

    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0

    def add(self, finding: Finding, gate: Gate) -> None:
        self.tests += 1
        if finding.passed_over(gate):
            self.skipped += 1
            return
        match finding.outcome:
            case Outcome.FAIL:
                self.failures += 1
            case Outcome.UNKNOWN:
                self.errors += 1
            case Outcome.NOT_APPLICABLE | Outcome.MANUAL:
                self.skipped += 1
            case Outcome.PASS:
                pass
            case _:
                assert_never(finding.outcome)


_WHOLE_RUN: Place = ("", _RUN)
"""Takes the place of one for the suite about the whole run; no Region has its name."""


def _wanted(findings: Iterable[Finding], gate: Gate) -> dict[Place, _Counts]:
    """What each suite must hold."""
    counted: dict[Place, _Counts] = {}
    for finding in findings:
        counted.setdefault((finding.account, finding.region), _Counts()).add(finding, gate)
    return counted


def _by_place(findings: Iterable[Finding]) -> Iterator[tuple[Place, list[Finding]]]:
    """The findings by account and Region, in that order; of accounts in order, one is at hand at a time."""
    accounts = [account for account, _ in groupby(findings, _ACCOUNT)]
    blocks: Iterable[Iterable[Finding]] = [findings]
    if all(one < other for one, other in pairwise(accounts)):
        blocks = (block for _, block in groupby(findings, _ACCOUNT))
    for block in blocks:
        places: dict[Place, list[Finding]] = {}
        for finding in block:
            places.setdefault((finding.account, finding.region), []).append(finding)
        for each in sorted(places):
            yield each, places[each]


def _root(suites: Iterable[_Counts], duration: int) -> ET.Element:
    # The Jenkins schema knows no "skipped" on the root; its "tests" includes the skipped ones.
    total = _Counts()
    for counts in suites:
        total.tests += counts.tests
        total.failures += counts.failures
        total.errors += counts.errors
    counted = {"tests": str(total.tests), "failures": str(total.failures), "errors": str(total.errors)}
    return ET.Element("testsuites", {"name": "trailwitness", **counted, "time": seconds(duration)})


def _having(tag: str, cases: Iterable[ET.Element]) -> int:
    return sum(case.find(tag) is not None for case in cases)


def _written(suite: TestSuite, wanted: _Counts, duration: int, started: str) -> bytes:
    """A suite as text below the root.

    Refuses to hand out one that lost a verdict: a dropped failure would read as a pass.
    """
    element = suite.build_xml_doc()
    cases = element.findall("testcase")
    _mend(element, cases, duration)
    if started:
        element.set("timestamp", started)
    marked = {name: _having(tag, cases) for name, tag in _COUNTED.items()}
    written = _Counts(tests=len(cases), **marked)
    if written != wanted:
        raise TrailwitnessError(
            f"The JUnit report would hold {written}, the assessment holds {wanted}.",
            "Use the JSON report, and report this as a defect of Trailwitness.",
        )
    for name, number in {"tests": written.tests, **marked}.items():
        element.set(name, str(number))
    ET.indent(element, level=1)
    return f"\n  {ET.tostring(element, encoding='unicode')}".encode()


def _run_cases(faults: Iterable[str], incomplete: str) -> list[TestCase]:
    """What stops the gate beside the findings: waivers that no longer count, and that not all was looked at."""
    names, cases = Names(), []
    for fault in faults:
        case = TestCase(names.name(_RUN, f"Waivers count: {first_line(fault, MESSAGE_LIMIT)}"), _RUN)
        text = f"{visible(fault)}. Renew or remove it."
        case.add_failure_info(first_line(fault, MESSAGE_LIMIT), text, "waiver")
        cases.append(case)
    if incomplete:
        case = TestCase("Everything in scope was looked at", _RUN)
        case.add_error_info(first_line(incomplete, MESSAGE_LIMIT), visible(incomplete), "incomplete")
        cases.append(case)
    return cases


def _case(finding: Finding, names: Names, found: Lookup, gate: Gate) -> TestCase:
    classname = class_name(finding)
    case = TestCase(names.name(classname, case_name(finding)), classname)
    message, text = first_line(finding.reason, MESSAGE_LIMIT), _text(finding, found)
    if why := finding.passed_over(gate):
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
        *([f"Title: {visible(finding.title)}"] if finding.title else []),
        f"Resource: {visible(finding.resource)}",
        f"Account and Region: {visible(place(finding.account, finding.region))}",
    ]
    if finding.links:
        lines.append(f"Route: {route(finding.links)}")
        lines += [f"  {line}" for line in link_lines(finding.links)]
    lines += [f"{label}: {text}" for label, text in extras(finding)]
    lines += [f"Hit: {line}" for line in hit_lines(finding)]
    if finding.evidence:
        lines.append(f"Evidence: {_cited(finding, found)}")
    controls = control_names(finding.rule, found)
    if controls:
        lines.append(f"Controls: {visible('; '.join(controls))}")
    if finding.outcome is Outcome.UNKNOWN:
        lines += [f"Could not look ({visible(gap.kind)}): {visible(gap.reason)}" for gap in gaps_of(finding, found)]
    if finding.rule in found.rules and finding.outcome is Outcome.FAIL:
        lines += ["", f"What to do: {visible(what_to_do(finding, found), keep=chr(10)).strip()}"]
    path, number = rule_file(finding, found.rules.get(finding.rule))
    lines += ["", f"Rule file: {path}:{number}"]
    return "\n".join(lines)


def _cited(finding: Finding, found: Lookup) -> str:
    """The evidence of a finding, or how much there is: a route may rest on the calls of every Region."""
    cited = evidence_names(finding, found)
    if len(cited) <= _MOST_CITED:
        return visible(", ".join(cited))
    first = visible(", ".join(cited[:_MOST_CITED]))
    return f"{len(cited)} items, the first {first}; the JSON and CSV reports name them all"


def _properties(assessment: Assessment, gate: Gate, account: str, region: str) -> dict[str, str]:
    run = assessment.run
    facts = {
        "account": account,
        "region": region,
        "partition": run.partition,
        "tool": f"{run.tool.name} {run.tool.version}".strip(),
        "collected.started": run.collected.started,
        "collected.finished": run.collected.finished,
        "caller": run.caller.arn,
        "frameworks": ", ".join(framework.id for framework in run.frameworks),
        "rules": str(len(assessment.rules)),
        "gate.fail-on": gate.fail_on,
    }
    return {name: visible(value) for name, value in facts.items()}


def _mend(suite: ET.Element, cases: Sequence[ET.Element], duration: int) -> None:
    suite.attrib.pop("disabled", None)
    suite.set("time", seconds(duration))
    for number, case in enumerate(cases):
        case.set("time", seconds(share(duration, number, len(cases))))
        for skipped in case.iter("skipped"):
            skipped.attrib.pop("type", None)
