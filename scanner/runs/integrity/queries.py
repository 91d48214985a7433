"""Saved results of CloudTrail Lake queries: opened, proved, and told in each of the forms."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scanner.errors import UsageError
from scanner.integrity.judging.results import Period
from scanner.integrity.problems import Weight
from scanner.integrity.reading.query_results import SIGN_FILE
from scanner.integrity.stores.captured import CapturedKeys, read_captured
from scanner.integrity.stores.folder import FolderStore
from scanner.integrity.validation.queries import QueryProblem, QueryReport, validate_query
from scanner.model import JsonValue
from scanner.runs.integrity.validating import AskedValidation, bucket_store
from scanner.times import rfc3339
from scanner.wording import several

SCHEMA = "trailwitness/query-integrity/v1"

_WORDS = {Weight.INVALID: "INVALID", Weight.UNKNOWN: "UNKNOWN"}
_RETENTION = timedelta(days=3650)

_LAKE = "/CloudTrail-Lake/"
"""The folder of an account in which CloudTrail Lake saves results."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of saved results, in words."""

    report: QueryReport

    def written(self, form: str) -> bytes:
        """The report as text, json or junit."""
        from reports.characters import visible
        from reports.plain_json import json_bytes

        if form == "json":
            return json_bytes(self._document())
        if form == "junit":
            return self._junit()
        return "".join(f"{visible(line, keep=chr(9))}\n" for line in self._lines()).encode()

    def why(self) -> str:
        """What the verdict rests on, as a sentence."""
        report = self.report
        told = f"{report.valid} of {several(report.files, 'result file')} are as the query gave them"
        return told + ("." if not report.problems else f"; {several(len(report.problems), 'problem')} found.")

    def verdict(self) -> str:
        """``invalid``, ``unknown`` or ``valid``."""
        if Weight.INVALID in self.report.weights:
            return "invalid"
        return "unknown" if self.report.problems or not self.report.valid else "valid"

    def _lines(self) -> Iterator[str]:
        when = f", completed {rfc3339(self.report.completed)}" if self.report.completed else ""
        yield f"Validating query results in {self.report.source}{when}"
        yield ""
        for problem in self.report.problems:
            name = "Sign file" if problem.subject.endswith(SIGN_FILE) else "Result file"
            yield f"{name}\t{problem.subject}\t{_WORDS[problem.weight]}: {problem.why}"
        yield f"{self.report.valid}/{self.report.files} result files valid"

    def _document(self) -> JsonValue:
        report = self.report
        return {
            "schema": SCHEMA,
            "source": report.source,
            "region": report.region,
            "completed": rfc3339(report.completed) if report.completed else None,
            "verdict": self.verdict(),
            "result_files": {"total": report.files, "valid": report.valid},
            "problems": list(map(_members, report.problems)),
        }

    def _junit(self) -> bytes:
        from reports.characters import visible

        root = ET.Element("testsuites")
        problems = self.report.problems
        failed = sum(each.weight is Weight.INVALID for each in problems)
        suite = ET.SubElement(root, "testsuite", name="query results", tests=str(max(1, len(problems))))
        suite.set("failures", str(failed))
        suite.set("errors", str(len(problems) - failed))
        for each in problems:
            name = visible(each.subject.rpartition("/")[2])
            case = ET.SubElement(suite, "testcase", classname="integrity.query", name=name)
            mark = ET.SubElement(case, "failure" if each.weight is Weight.INVALID else "error", type=str(each.weight))
            mark.set("message", visible(each.why))
            mark.text = visible(f"{each.subject}: {each.why}")
        if not problems:
            ET.SubElement(suite, "testcase", classname="integrity.query", name=self.why())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def query_results(asked: AskedValidation, now: datetime) -> Told | None:
    """What came of saved query results, when these are what is named; None when it is something else.

    Raises UsageError for a folder of them without public keys, CollectError and SourceError as validating does.
    """
    if asked.online:
        return _online(asked, now)
    folder = Path(asked.source)
    if not (folder / SIGN_FILE).is_file():
        return None
    if asked.public_keys is None:
        raise UsageError(
            f"{folder} holds query results, and no public keys are named to prove them with.",
            "Capture them while online with `trailwitness integrity capture s3://bucket -o FILE`, and name the file "
            "with --public-keys.",
        )
    store = FolderStore(folder, "", "")
    return Told(validate_query(store, "", CapturedKeys(read_captured(asked.public_keys))))


def _online(asked: AskedValidation, now: datetime) -> Told | None:
    if _LAKE not in asked.source:
        return None
    from scanner.integrity.stores.bucket import ListedKeys

    store = bucket_store(asked.account, asked.source)
    prefix = store.prefix.removesuffix(SIGN_FILE)
    prefix = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    if f"{prefix}{SIGN_FILE}" not in store.keys(f"{prefix}{SIGN_FILE}"):
        return None
    return Told(validate_query(store, prefix, ListedKeys(store.session, Period(now - _RETENTION, now, now))))


def _members(problem: QueryProblem) -> JsonValue:
    return {"weight": str(problem.weight), "object": problem.subject, "reason": problem.why}
