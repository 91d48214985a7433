"""Coverage of events that are not CloudTrail records: proofs over values, and made-up events for what is lost."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.pattern import CoverageVerdict, EventPattern, matches_event, parse_event_pattern
from scanner.pattern.coverage.envelopes import Envelope, covers_events, may_match

TENTHS = tuple(number / 10 for number in range(10, 101))
FINDINGS = Envelope(
    known={"detail.severity": TENTHS, "account": ("111122223333",), "region": ("us-east-1",), "version": ("0",)},
    present=frozenset({"detail.type", "id", "time"}),
)
IN_ARRAY = Envelope(arrays=frozenset({"detail.findings"}))
REQUIRED = {
    "source": ["aws.guardduty"],
    "detail-type": ["GuardDuty Finding"],
    "detail": {"severity": [{"numeric": [">=", 4]}]},
}
SOURCE: dict[str, Any] = {"source": ["aws.guardduty"]}


def with_detail(**detail: Any) -> dict[str, Any]:
    return {**SOURCE, "detail": detail}


COVERED: Sequence[Sequence[dict[str, Any]]] = (
    [SOURCE],
    [REQUIRED],
    [{"source": [{"prefix": "aws."}]}],
    [{"detail-type": [{"equals-ignore-case": "guardduty finding"}]}],
    [{**SOURCE, "region": ["us-east-1", "eu-west-1"], "account": ["111122223333"]}],
    [with_detail(type=[{"exists": True}])],
    [with_detail(severity=[{"numeric": [">=", 7]}]), with_detail(severity=[{"numeric": [">", 3.9, "<", 7]}])],
    [with_detail(severity=[number / 10 for number in range(40, 101)])],
    [with_detail(severity=[{"anything-but": [1, 2, 3]}])],
    [with_detail(id=[{"exists": True}]), with_detail(id=[{"exists": False}])],
    [{"$or": [{"source": ["other"]}, SOURCE]}],
)
LOST: Sequence[tuple[Sequence[dict[str, Any]], tuple[str, ...]]] = (
    ([], ()),
    ([{"source": ["aws.macie"]}], ()),
    ([{**SOURCE, "account": ["444455556666"]}], ()),
    ([with_detail(severity=[{"numeric": [">=", 7]}])], ("detail.severity 4 to 6.9",)),
    ([with_detail(severity=[number / 10 for number in range(40, 90)])], ("detail.severity 9 to 10",)),
    ([with_detail(severity=[5]), with_detail(severity=[{"numeric": [">", 5]}])], ("detail.severity 4 to 4.9",)),
    ([with_detail(type=[{"prefix": "CryptoCurrency"}])], ("other values of detail.type",)),
    ([with_detail(type=[{"anything-but": {"prefix": "Recon"}}])], ("detail.type Recon",)),
)
OPEN: Sequence[Sequence[dict[str, Any]]] = (
    [with_detail(id=[{"exists": True}])],
    [with_detail(id=[{"exists": False}])],
)


def proof(
    deployed: Sequence[dict[str, Any]], required: dict[str, Any] = REQUIRED, envelope: Envelope = FINDINGS
) -> Any:
    return covers_events(parse_event_pattern(required), [parse_event_pattern(each) for each in deployed], envelope)


@pytest.mark.parametrize("deployed", COVERED, ids=json.dumps)
def test_what_rules_hear_of_together(deployed: Sequence[dict[str, Any]]) -> None:
    assert proof(deployed).verdict is CoverageVerdict.COVERED


@pytest.mark.parametrize(("deployed", "missed"), LOST, ids=lambda each: json.dumps(each)[:60])
def test_what_they_miss_is_named_and_shown(deployed: Sequence[dict[str, Any]], missed: tuple[str, ...]) -> None:
    found = proof(deployed)
    assert found.verdict is CoverageVerdict.NOT_COVERED
    assert found.missed == missed
    assert matches_event(parse_event_pattern(REQUIRED), found.witness)
    assert not any(matches_event(parse_event_pattern(each), found.witness) for each in deployed)


@pytest.mark.parametrize("deployed", OPEN, ids=json.dumps)
def test_whether_a_field_is_there_is_not_made_up(deployed: Sequence[dict[str, Any]]) -> None:
    found = proof(deployed)
    assert found.verdict is CoverageVerdict.UNDETERMINED
    assert found.reason == "whether the rules hear of all of them depends on detail.id"


def test_what_a_field_holds_that_is_not_documented_is_not_made_up() -> None:
    required = {"detail-type": ["AWS Insight via CloudTrail"]}
    deployed = [{"source": ["aws.cloudtrail"], **required}]
    assert proof(deployed, required, Envelope(open=frozenset({"source"}))).verdict is CoverageVerdict.UNDETERMINED
    assert proof(deployed, required, Envelope()).verdict is CoverageVerdict.NOT_COVERED
    assert proof([required], required, Envelope(open=frozenset({"source"}))).verdict is CoverageVerdict.COVERED


@pytest.mark.parametrize("asked", [[True], [{"numeric": [">", 5]}], ["made-up"], [None], [None, 7]])
def test_what_an_open_field_holds_may_be_anything(asked: list[Any]) -> None:
    envelope = Envelope(known=FINDINGS.known, open=frozenset({"detail.odd"}))
    assert proof([with_detail(odd=asked)], envelope=envelope).verdict is CoverageVerdict.UNDETERMINED


def test_a_field_that_is_asked_for_true_or_a_number_is_not_made_a_text() -> None:
    missed = proof([with_detail(archived=[False], count=[{"numeric": [">", 5]}])]).witness
    assert missed is not None
    assert (missed["detail"]["archived"], missed["detail"]["count"]) != ("made-up", "made-up")
    assert {type(missed["detail"][name]) for name in ("archived", "count")} == {bool, float}


def test_values_of_an_array_of_one_object() -> None:
    required = {"detail": {"findings": {"Severity": {"Label": ["HIGH", "CRITICAL"]}, "Workflow": {"Status": ["NEW"]}}}}
    found = proof([{"detail": {"findings": {"Severity": {"Label": ["CRITICAL"]}}}}], required, IN_ARRAY)
    assert found.missed == ("detail.findings.Severity.Label HIGH",)
    assert found.witness == {"detail": {"findings": [{"Severity": {"Label": "HIGH"}, "Workflow": {"Status": "NEW"}}]}}


def test_numbers_of_which_no_steps_are_known() -> None:
    required = {"detail": {"n": [{"numeric": [">", 0, "<=", 10]}]}}
    whole = [{"detail": {"n": [{"numeric": [">", 0, "<", 5]}]}}, {"detail": {"n": [{"numeric": [">=", 5]}]}}]
    assert proof(whole, required, Envelope()).verdict is CoverageVerdict.COVERED
    found = proof([whole[0]], required, Envelope())
    assert (found.verdict, found.missed) == (CoverageVerdict.NOT_COVERED, ("detail.n 5 to 10",))


@pytest.mark.parametrize(
    ("rule", "can"),
    [
        (SOURCE, True),
        ({"source": ["aws.macie"]}, False),
        (with_detail(severity=[{"numeric": ["<", 4]}]), False),
        (with_detail(severity=[{"numeric": ["<=", 4]}]), True),
        (with_detail(service={"archived": [True]}), True),
    ],
)
def test_rules_that_can_hear_of_something(rule: dict[str, Any], can: bool) -> None:
    assert may_match(parse_event_pattern(REQUIRED), parse_event_pattern(rule), FINDINGS) is can


NUMBERS = st.sampled_from([4.0, 5.5, 6.9, 7.0, 8.9, 9.0, 10.0])
TESTS = st.one_of(
    NUMBERS,
    st.builds(lambda sign, number: {"numeric": [sign, number]}, st.sampled_from([">", ">=", "<", "<="]), NUMBERS),
    st.builds(lambda number: {"anything-but": [number]}, NUMBERS),
)
RULES = st.lists(
    st.builds(lambda tests: with_detail(severity=tests), st.lists(TESTS, min_size=1, max_size=3)), max_size=3
)


def is_heard(event: dict[str, Any], rules: Sequence[EventPattern]) -> bool:
    return any(matches_event(rule, event) for rule in rules)


@given(RULES)
def test_no_event_contradicts_a_proof(deployed: list[dict[str, Any]]) -> None:
    found = proof(deployed)
    rules = [parse_event_pattern(each) for each in deployed]
    asked = [FINDINGS.event({"source": "aws.guardduty", "detail.severity": n}) for n in TENTHS if n >= 4]
    lost = [event for event in asked if not is_heard(event, rules)]
    assert found.verdict is (CoverageVerdict.COVERED if not lost else CoverageVerdict.NOT_COVERED)
