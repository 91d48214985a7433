"""A replay as JUnit XML: one test case per route, and one for what was not read.

A route of which some record raised nothing is a failure, one of which something is not known an error, and one without
a record is skipped. What is not replayed, and what is taken for granted, is what the suite says beside its cases.
Source: the JUnit 4 schema of the Jenkins xUnit plugin.
"""

import xml.etree.ElementTree as ET

from reports.characters import visible
from scanner.replay.alarming.acting import Verdict
from scanner.replay.replaying import RouteReplay
from scanner.runs.replaying.document import said
from scanner.runs.replaying.pictures import SYNTHETIC
from scanner.runs.replaying.run import Run
from scanner.wording import several

_NAME = "trailwitness.replay"


def junit(run: Run) -> bytes:
    """The document."""
    cases = [_case(each, synthetic=run.synthetic) for each in run.replayed.routes]
    if run.replayed.losses or not run.replayed.records:
        cases.append(_reading(run))
    suite = ET.Element("testsuite", name=_suite(synthetic=run.synthetic), tests=str(len(cases)))
    for kind, member in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(member, str(sum(case.find(kind) is not None for case in cases)))
    suite.extend(cases)
    lines = [SYNTHETIC, *said(run)] if run.synthetic else list(said(run))
    ET.SubElement(suite, "system-out").text = visible("\n".join(lines), keep="\n")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(*, synthetic: bool) -> str:
    return f"{_NAME}.synthetic" if synthetic else _NAME


def _case(route: RouteReplay, *, synthetic: bool) -> ET.Element:
    case = ET.Element("testcase", classname=_suite(synthetic=synthetic), name=visible(route.route.id))
    verdict = route.verdict
    if verdict is None:
        ET.SubElement(case, "skipped", message="none of the records is one that it must tell of")
    elif verdict in {Verdict.SILENT, Verdict.UNKNOWN}:
        kind = "failure" if verdict is Verdict.SILENT else "error"
        number = several(route.counts[verdict], "record")
        told = f"{number} raised nothing" if kind == "failure" else f"of {number} it is not known"
        mark = f"{SYNTHETIC}: " if synthetic else ""
        found = ET.SubElement(case, kind, message=f"{mark}{told}", type=str(verdict))
        reasons = [each for each in route.silences if each.verdict is verdict]
        found.text = visible("\n".join(f"{each.reason}: {each.why}" for each in reasons), keep="\n")
    return case


def _reading(run: Run) -> ET.Element:
    case = ET.Element("testcase", classname=_NAME, name="reading")
    why = [f"{source}: {reason}" for source, reason in run.replayed.losses] or ["no record was read"]
    found = ET.SubElement(case, "error", message="not everything was read", type="incomplete")
    found.text = visible("\n".join(why), keep="\n")
    return case
