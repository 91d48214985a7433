"""Code quality of GitLab: a JSON list of issues, which a merge request compares with that of its target branch.

What stops the gate has the severity of its rule, and what the gate passes over is ``info`` and says why; passes and
what is not applicable are left out. The format wants a file: it is the rule's, from the folder above its rules folder.
An issue is known again by its rule, account, Region and resource, never by words or lines.

Source: GitLab Docs, "Code Quality", "Import code quality results from a CI/CD job".
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from reports.characters import visible
from reports.formats.ci.gating import EVERYTHING
from reports.formats.ci.names import Names, located, rule_file
from reports.plain_json import compact_json, indented
from reports.streams import Stream, put_bytes
from reports.wording import Lookup, first_line, lookup
from scanner.model import Assessment, Finding, Gate, JsonValue, Outcome, Severity

SEVERITIES: Mapping[Severity, str] = {
    Severity.INFO: "info",
    Severity.LOW: "minor",
    Severity.MEDIUM: "major",
    Severity.HIGH: "critical",
    Severity.CRITICAL: "blocker",
}

DESCRIPTION_LIMIT = 500
"""Most characters of a description: a merge request shows one line."""

_RUN_FILE = "trailwitness"
"""In place of a rule's file where an issue is about the whole run."""


def write(assessment: Assessment, out: Stream, gate: Gate = EVERYTHING, incomplete: str = "") -> None:
    """Write ``assessment`` to ``out`` as code quality issues, as grave as they are where they stop ``gate``.

    ``incomplete`` says why the run stops the gate although nothing failed ("" when it does not).
    """
    before = b"[\n  "
    for issue in _issues(assessment, gate, incomplete):
        put_bytes(out, before + indented(issue, 1))
        before = b",\n  "
    put_bytes(out, b"\n]\n" if before.startswith(b",") else b"[]\n")


def _issues(assessment: Assessment, gate: Gate, incomplete: str) -> Iterator[dict[str, JsonValue]]:
    found, names = lookup(assessment), Names()
    for fault in assessment.exceptions.faults:
        yield _of_run("trailwitness.waivers", f"{fault}. Renew or remove it.", names)
    if incomplete:
        yield _of_run("trailwitness.incomplete", incomplete, names)
    for finding in assessment.findings:
        if finding.outcome in {Outcome.FAIL, Outcome.UNKNOWN}:
            yield _issue(finding, found, gate, names)


def _issue(finding: Finding, found: Lookup, gate: Gate, names: Names) -> dict[str, JsonValue]:
    why = finding.passed_over(gate)
    path, line = rule_file(finding, found.rules.get(finding.rule))
    return {
        "description": _description(finding, why),
        "check_name": visible(finding.rule),
        "fingerprint": _digest(names.name("", fingerprint(finding))),
        "severity": "info" if why else SEVERITIES[finding.severity],
        "location": {"path": path, "lines": {"begin": line}},
    }


def fingerprint(finding: Finding) -> str:
    """What a finding is known by: its rule, account, Region and resource, as one line of JSON."""
    return compact_json([finding.rule, finding.account, finding.region, finding.resource])


def _description(finding: Finding, why: str) -> str:
    told = "Could not be judged: " if finding.outcome is Outcome.UNKNOWN else ""
    if why:
        told = f"Passed over, because {why}: {told}"
    reason = first_line(finding.reason, DESCRIPTION_LIMIT)
    return first_line(f"{told}{reason} ({located(finding)})", DESCRIPTION_LIMIT)


def _of_run(name: str, text: str, names: Names) -> dict[str, JsonValue]:
    return {
        "description": first_line(text, DESCRIPTION_LIMIT),
        "check_name": name,
        "fingerprint": _digest(names.name("", compact_json([name, text]))),
        "severity": "blocker",
        "location": {"path": _RUN_FILE, "lines": {"begin": 1}},
    }


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
