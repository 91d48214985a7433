import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from reports.formats.standards import ocsf
from scanner.model import Assessment, Outcome

EVERY_KIND = pytest.mark.parametrize("which", ["assessment", "stated", "records"])


def events(assessment: Assessment) -> list[dict[str, Any]]:
    out = io.BytesIO()
    ocsf.write(assessment, out)
    read: list[dict[str, Any]] = json.loads(out.getvalue())
    return read


def lost(written: Any, kept: Any, place: str = "") -> list[str]:
    """What of the written members the model did not keep."""
    if isinstance(written, Mapping):
        names = [name for name in written if name not in kept]
        found = [f"{place}/{name}" for name in names]
        for name in written.keys() - set(names):
            found += lost(written[name], kept[name], f"{place}/{name}")
        return found
    if isinstance(written, list):
        pairs = zip(written, kept, strict=True)
        return [each for number, (one, other) in enumerate(pairs) for each in lost(one, other, f"{place}/{number}")]
    return [] if written == kept else [f"{place}: {written!r} became {kept!r}"]


@EVERY_KIND
def test_the_model_of_ocsf_keeps_all_that_is_written(which: str, request: pytest.FixtureRequest) -> None:
    for event in events(request.getfixturevalue(which)):
        kept = ComplianceFinding(**event).model_dump(mode="json", exclude_unset=True)
        assert lost(event, kept) == []


def test_every_finding_manual_control_and_gap_is_an_event(stated: Assessment) -> None:
    manual = [control for control in stated.controls if control.outcome is Outcome.MANUAL]
    written = events(stated)
    gaps = [gap for gap in stated.gaps if gap.operation]
    assert len(written) == len(stated.findings) + len(manual) + len(gaps)
    assert len({event["finding_info"]["uid"] for event in written}) == len(written)


def test_each_outcome_has_its_status_and_only_a_pass_is_one(stated: Assessment) -> None:
    wanted = {"pass": 1, "fail": 3, "unknown": 0, "not_applicable": 99, "manual": 0}
    for event in events(stated):
        assert event["compliance"]["status_id"] == wanted[event["status_code"]]
    captions = {1: "Pass", 3: "Fail", 0: "Unknown", 99: "Not Applicable"}
    for check in (check for event in events(stated) for check in event["compliance"].get("checks", ())):
        assert check["status"] == captions[check["status_id"]]
    passes = sum(event["compliance"]["status_id"] == 1 for event in events(stated))
    assert passes == Counter(finding.outcome for finding in stated.findings)[Outcome.PASS]


def test_a_waived_failure_stays_a_failure_and_is_suppressed(stated: Assessment) -> None:
    (waived,) = [event for event in events(stated) if event["status"] == "Suppressed"]
    assert waived["compliance"]["status_id"] == 3
    assert waived["unmapped"]["waiver"] == "W-1"
    assert "2026-12-31" in waived["status_detail"]
    assert "J. Doe" in waived["status_detail"]


def test_a_known_failure_is_told_and_not_suppressed(stated: Assessment) -> None:
    (known,) = [event for event in events(stated) if event["unmapped"].get("in_baseline")]
    assert (known["status"], known["compliance"]["status_id"]) == ("New", 3)


def test_what_did_not_fail_is_informational(assessment: Assessment) -> None:
    for event in events(assessment):
        assert (event["severity_id"] == 1) == (event["status_code"] in {"pass", "not_applicable", "manual"})


def test_times_are_milliseconds(assessment: Assessment) -> None:
    assert {event["time"] for event in events(assessment)} == {1795158131000}


def test_a_manual_control_says_whether_it_was_reviewed(stated: Assessment) -> None:
    said = [event["message"] for event in events(stated) if event["status_code"] == "manual"]
    assert any(text.startswith("Attested: R. Roe (SOC lead)") and "2027-02-02" in text for text in said)
    assert any(text.startswith("Not reviewed") for text in said)


def test_hostile_texts_are_visible(
    stated: Assessment, hostile: Callable[[Assessment, str], Assessment], hostile_text: str
) -> None:
    for event in events(hostile(stated, hostile_text)):
        assert not any(hidden in json.dumps(event, ensure_ascii=False) for hidden in "\x1b\x00\u202e\ud800\u2028")
        assert ComplianceFinding(**event)


def test_what_could_not_be_looked_at_is_unknown_without_any_finding(assessment: Assessment) -> None:
    written = events(replace(assessment, findings=(), controls=()))
    assert [event["unmapped"]["gap"] for event in written] == ["throttled", "throttled", "denied"]
    for event in written:
        assert event["compliance"]["status_id"] == 0
        assert event["severity_id"] == 3
        assert "This is not a pass." in event["message"]
    (*_, first) = written
    assert (first["resources"][0]["uid"], first["resources"][0]["region"]) == ("111122223333", "us-east-1")
    again = replace(assessment.gaps[0], key=replace(assessment.gaps[0].key, arguments={"TopicArn": "other"}))
    together = events(replace(assessment, findings=(), controls=(), gaps=(assessment.gaps[0], again)))
    assert [(event["unmapped"]["calls"], event["finding_info"]["uid"]) for event in together] == [
        (2, first["finding_info"]["uid"])
    ]
    assert events(replace(assessment, findings=(), controls=(), gaps=())) == []
