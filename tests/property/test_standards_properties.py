"""Whatever text findings hold, the formats of outside standards lose none of them, change no verdict and show all."""

import io
import json
from collections import Counter
from itertools import chain
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reports.formats import FORMATS
from reports.formats.standards import asff
from reports.formats.standards.identity import identified
from scanner.model import (
    Assessment,
    CallKey,
    Collected,
    ControlResult,
    Coverage,
    Finding,
    Gap,
    GapKind,
    LogRun,
    Outcome,
    RuleId,
    ScanRun,
    Severity,
    Source,
    Summary,
)

VERDICTS = [outcome for outcome in Outcome if outcome is not Outcome.MANUAL]
HIDDEN = ("\x00", "\x1b", "\x85", "\u202e", "\u2028", "\ufeff", "\ud800", "\udfff", "\ufffe")
CALL = CallKey("a", "b", "c.D")

awkward = st.sampled_from(
    [
        *HIDDEN,
        "",
        " ",
        "\n",
        "]]>",
        "<script>",
        "[x](javascript:y)",
        "{{7*7}}",
        "=1+1",
        "`",
        "\\",
        "%0a",
        "名前",
        "x" * 600,
    ]
)
texts = st.lists(st.one_of(awkward, st.text(max_size=8)), max_size=4).map("".join)
findings = st.builds(
    Finding,
    rule=texts.map(RuleId),
    outcome=st.sampled_from(VERDICTS),
    severity=st.sampled_from(Severity),
    account=st.one_of(st.just("111122223333"), texts),
    region=st.one_of(st.just("us-east-1"), texts),
    resource=texts,
    reason=texts,
    title=texts,
    sources=st.just((Source(CALL, ""),)),
    waiver=st.sampled_from(["", "W-1"]),
    known=st.booleans(),
)
controls = st.builds(
    ControlResult,
    framework=texts,
    id=texts,
    title=texts,
    coverage=st.sampled_from(Coverage),
    outcome=st.sampled_from(Outcome),
    notes=texts,
    rules=st.lists(texts.map(RuleId), max_size=2).map(tuple),
)


def written(name: str, found: list[Finding], mapped: list[ControlResult]) -> Any:
    when = Collected("2026-11-20T07:00:00Z")
    run = LogRun(collected=when) if name == "sarif" else ScanRun(collected=when)
    gap = Gap(key=CALL, kind=GapKind.DENIED, reason="denied")
    out = io.BytesIO()
    assessment = Assessment(run, (), tuple(found), tuple(mapped), (gap,), (), Summary())
    FORMATS[name].write(assessment, out)
    text = out.getvalue().decode("utf-8")
    assert not any(hidden in text for hidden in HIDDEN)
    if name == "asff":
        requests = [json.loads(content) for _, content in asff.write_parts(assessment)]
        return list(chain.from_iterable(request["Findings"] for request in requests))
    return json.loads(text)


def counted(found: list[Finding], words: dict[Outcome, Any]) -> Counter[Any]:
    """How often each word is told of findings, and once more of what could not be looked at."""
    return Counter([*(words[finding.outcome] for finding in found), words[Outcome.UNKNOWN]])


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return strings(list(value.values()))
    if isinstance(value, list):
        return list(chain.from_iterable(map(strings, value)))
    return [value] if isinstance(value, str) else []


some = st.lists(findings, max_size=5)
mappings = st.lists(controls, max_size=3, unique_by=lambda control: (control.framework, control.id))
OCSF = {Outcome.PASS: 1, Outcome.FAIL: 3, Outcome.UNKNOWN: 0, Outcome.NOT_APPLICABLE: 99}
ASFF = {
    Outcome.PASS: "PASSED",
    Outcome.FAIL: "FAILED",
    Outcome.UNKNOWN: "NOT_AVAILABLE",
    Outcome.NOT_APPLICABLE: "NOT_AVAILABLE",
}
HDF = {Outcome.PASS: "passed", Outcome.FAIL: "failed", Outcome.UNKNOWN: "error", Outcome.NOT_APPLICABLE: "skipped"}
SARIF = {Outcome.PASS: "pass", Outcome.FAIL: "fail", Outcome.UNKNOWN: "open", Outcome.NOT_APPLICABLE: "notApplicable"}


@given(some, mappings)
def test_ocsf(found: list[Finding], mapped: list[ControlResult]) -> None:
    events = [event for event in written("ocsf", found, mapped) if event["status_code"] != "manual"]
    assert Counter(event["compliance"]["status_id"] for event in events) == counted(found, OCSF)


@given(some, mappings)
def test_asff(found: list[Finding], mapped: list[ControlResult]) -> None:
    imported = written("asff", found, mapped)
    judged = [finding for finding in imported if finding["Compliance"]["Status"] != "WARNING"]
    assert Counter(finding["Compliance"]["Status"] for finding in judged) == counted(found, ASFF)
    assert len({finding["Id"] for finding in imported}) == len(imported)
    assert all(text.strip() for text in strings(imported))


@given(some, mappings)
def test_hdf(found: list[Finding], mapped: list[ControlResult]) -> None:
    profiles = [
        each for each in written("hdf", found, mapped)["profiles"] if each["name"] != "trailwitness-manual-controls"
    ]
    controls = [control for profile in profiles for control in profile["controls"]]
    results = Counter(result["status"] for control in controls for result in control["results"])
    assert results == counted(found, HDF)


@given(some, mappings)
def test_sarif(found: list[Finding], mapped: list[ControlResult]) -> None:
    (run,) = written("sarif", found, mapped)["runs"]
    judged = [result for result in run["results"] if result["kind"] != "review"]
    wanted = Counter(SARIF[finding.outcome] for finding in found)
    assert Counter(result["kind"] for result in judged) == wanted
    assert all((result["level"] == "none") == (result["kind"] != "fail") for result in judged)


@given(some, mappings)
def test_oscal(found: list[Finding], mapped: list[ControlResult]) -> None:
    (result,) = written("oscal", found, mapped)["assessment-results"]["results"]
    manual = sum(control.outcome is Outcome.MANUAL for control in mapped)
    assert len(result.get("observations", ())) == len(found) + manual
    states = Counter(finding["target"]["status"]["state"] for finding in result.get("findings", ()))
    assert states["satisfied"] == sum(control.outcome is Outcome.PASS for control in mapped)
    assert states.total() == len(mapped) - manual
    assert all(text.strip() for text in strings(result))


@given(some)
def test_no_two_findings_share_an_identity(found: list[Finding]) -> None:
    assert len({uid for uid, _ in identified([*found, *found])}) == 2 * len(found)
