"""What came of a validation as JUnit XML: a suite for each account and Region, a case for each chain and each problem.

A contradiction is a failure, what could not be seen an error. The form is that which the Jenkins xUnit and the Maven
Surefire schemas share.
"""

import xml.etree.ElementTree as ET
from collections import defaultdict

from scanner.integrity.judging.results import ChainReport, Report
from scanner.integrity.names import Place
from scanner.integrity.problems import Problem, Weight
from scanner.wording import several

_MARKS = {Weight.INVALID: "failure", Weight.UNKNOWN: "error"}
_MESSAGE = 200
_NOWHERE = Place("", "", "")


def junit(report: Report) -> bytes:
    """The report as XML in UTF-8."""
    from reports.characters import visible

    cases: defaultdict[Place, list[ET.Element]] = defaultdict(list)
    spoiled = {(each.place, each.chain) for each in report.problems}
    for chain in report.chains:
        if (chain.place, chain.chain) not in spoiled:
            cases[chain.place].append(_sound(chain))
    for problem in report.problems:
        cases[problem.place].append(_wrong(problem))
    for beyond in report.beyond:
        case = _case(_NOWHERE, f"{several(beyond.count, 'more problem')} of the kind {beyond.kind}")
        mark = ET.SubElement(case, _MARKS[beyond.weight], message="not listed", type=beyond.kind)
        mark.text = "There are too many problems to list all of them."
        cases[_NOWHERE].append(case)
    root = ET.Element("testsuites")
    for place, inside in cases.items():
        suite = ET.SubElement(root, "testsuite", name=f"{place.account} {place.region}".strip() or "all")
        suite.set("tests", str(len(inside)))
        for attribute, tag in (("failures", "failure"), ("errors", "error")):
            suite.set(attribute, str(sum(case.find(tag) is not None for case in inside)))
        suite.extend(inside)
    for element in root.iter():
        element.attrib.update({name: visible(text) for name, text in element.attrib.items()})
        element.text = visible(element.text) if element.text else None
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def _case(place: Place, name: str) -> ET.Element:
    where = ".".join(filter(None, ("integrity", place.account, place.region)))
    return ET.Element("testcase", classname=where, name=name)


def _sound(chain: ChainReport) -> ET.Element:
    kind = "backfill digest file" if chain.chain.backfill else "digest file"
    told = f"{several(chain.digests.valid, kind)} and {several(chain.logs.valid, 'log file')} valid"
    return _case(chain.place, f"trail {chain.chain.trail}: {told}")


def _wrong(problem: Problem) -> ET.Element:
    name = problem.subject.rpartition("/")[2] or (f"trail {problem.chain.trail}" if problem.chain else "digest files")
    when = f" from {problem.start:%Y-%m-%dT%H:%M:%SZ}" if problem.start else ""
    case = _case(problem.place, f"{problem.kind}: {name}{when}")
    told = f"{problem.subject}: {problem.why}" if problem.subject else problem.why
    mark = ET.SubElement(case, _MARKS[problem.weight], message=problem.why[:_MESSAGE], type=str(problem.kind))
    mark.text = told
    return case
