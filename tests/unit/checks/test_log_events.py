from dataclasses import replace
from typing import Any

import pytest

from scanner.checks.log_events import judge, judge_all
from scanner.errors import UsageError
from scanner.events.counting.results import Bursts, Hits, LogResult
from scanner.events.hits import Burst, Hit, Occurrence
from scanner.events.reading.sources.accounting import SourceAccount, unreadable
from scanner.model import (
    CallKey,
    Finding,
    HitDetails,
    LogEventsCheck,
    Outcome,
    Polarity,
    RouteCheck,
    Rule,
    RuleId,
    Severity,
    Source,
    Threshold,
)

ACCOUNT = "111122223333"
OTHER = "222233334444"
RULE = Rule(
    id=RuleId("event.stop"),
    title="Logging stopped",
    severity=Severity.HIGH,
    description="",
    rationale="",
    remediation="",
    references=(),
    parameters=(),
    check=LogEventsCheck("{ $.eventName = StopLogging }"),
    path="",
    text="",
)
FILE = SourceAccount("a.json.gz", "records", 10, 0, 0, (), "", 100, "00")
HIT = Hit(
    "2026-03-01T00:00:01Z", "id-1", "StopLogging", "cloudtrail", "eu-west-1", ACCOUNT, "eve", "ip", "", FILE.source, 7
)
CLEAN = LogResult((FILE,), {ACCOUNT: 10}, {}, {}, frozenset(), exact=True)
HITS = replace(CLEAN, hits={(RULE.id, ACCOUNT): Hits(1, 2, (HIT,))})
LOST = (FILE, unreadable("b.json.gz", "b.json.gz is locked"))


def checked(**changes: Any) -> Rule:
    return replace(RULE, check=LogEventsCheck("{ $.eventName = StopLogging }", **changes))


def one(rule: Rule, result: LogResult, **parameters: Any) -> Finding:
    (finding,) = judge(rule, result, parameters)
    return finding


def test_a_hit_fails() -> None:
    finding = one(RULE, HITS)
    assert finding.outcome is Outcome.FAIL
    assert finding.reason == (
        "account 111122223333: 1 record found, for example StopLogging by eve at 2026-03-01T00:00:01Z "
        "(a.json.gz, record 7)"
    )
    assert (finding.account, finding.resource, finding.severity) == (ACCOUNT, ACCOUNT, Severity.HIGH)
    assert finding.sources == (Source(CallKey.of_source("a.json.gz"), "/7"),)
    assert isinstance(finding.details, HitDetails)
    assert finding.details.hit_count == 1
    assert finding.details.matching_records == 2
    assert finding.details.hits[0].event_id == "id-1"


def test_no_hit_passes() -> None:
    finding = one(RULE, CLEAN)
    assert finding.outcome is Outcome.PASS
    assert finding.reason == "account 111122223333: no such record among 10 records"


def test_one_finding_for_each_account() -> None:
    result = replace(HITS, accounts={ACCOUNT: 10, OTHER: 5, "": 1})
    assert [(finding.account, finding.outcome) for finding in judge(RULE, result, {})] == [
        ("", Outcome.PASS),
        (ACCOUNT, Outcome.FAIL),
        (OTHER, Outcome.PASS),
    ]


@pytest.mark.parametrize("polarity", Polarity)
def test_without_records_nothing_is_known(polarity: Polarity) -> None:
    nothing = LogResult((), {}, {}, {}, frozenset(), exact=True)
    finding = one(checked(polarity=polarity), nothing)
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.reason == "no record was read"
    assert "b.json.gz is locked" in one(RULE, replace(nothing, sources=LOST)).reason


@pytest.mark.parametrize("polarity", Polarity)
def test_what_was_not_read_may_hold_a_hit(polarity: Polarity) -> None:
    finding = one(checked(polarity=polarity), replace(CLEAN, sources=LOST))
    assert finding.outcome is Outcome.UNKNOWN
    assert "b.json.gz could not be read whole" in finding.reason
    cut = replace(FILE, malformed=((3, "no JSON"),), malformed_count=1)
    assert "(no JSON)" in one(RULE, replace(CLEAN, sources=(cut,))).reason


def test_a_hit_counts_even_when_something_was_not_read() -> None:
    assert one(RULE, replace(HITS, sources=LOST)).outcome is Outcome.FAIL


def test_what_must_occur() -> None:
    assert one(checked(polarity=Polarity.MUST), HITS).outcome is Outcome.PASS
    assert one(checked(polarity=Polarity.MUST), CLEAN).outcome is Outcome.FAIL


def test_what_is_listed_fails_only_when_approval_is_required() -> None:
    assert one(checked(polarity=Polarity.LIST), HITS).outcome is Outcome.PASS
    assert one(checked(polarity=Polarity.LIST), HITS, require_approval=False).outcome is Outcome.PASS
    assert one(checked(polarity=Polarity.LIST), HITS, require_approval=True).outcome is Outcome.FAIL
    assert one(checked(polarity=Polarity.LIST), CLEAN, require_approval=True).outcome is Outcome.PASS


def test_silence_means_something_only_where_such_events_are_logged() -> None:
    rule = checked(seen="{ $.eventSource = s3* }")
    assert one(rule, CLEAN).outcome is Outcome.UNKNOWN
    assert one(rule, replace(CLEAN, seen=frozenset({(RULE.id, OTHER)}))).outcome is Outcome.UNKNOWN
    assert one(rule, replace(CLEAN, seen=frozenset({(RULE.id, ACCOUNT)}))).outcome is Outcome.PASS
    assert one(rule, HITS).outcome is Outcome.FAIL


def test_a_rule_that_needs_a_list() -> None:
    rule = checked(needs=("approved",))
    assert one(rule, HITS, approved=[]).outcome is Outcome.NOT_APPLICABLE
    assert one(rule, HITS, approved=["x"]).outcome is Outcome.FAIL


def burst(account: str, *seconds: int) -> Burst:
    hits = [HIT._replace(event_id=f"id-{second}", account=account) for second in seconds]
    return Burst(
        ("by", '"ip"'),
        tuple(Occurrence(second * 1_000_000, hit.event_id, "", hit) for second, hit in zip(seconds, hits, strict=True)),
    )


def test_bursts() -> None:
    rule = checked(threshold=Threshold(2, 60))
    result = replace(HITS, bursts={RULE.id: Bursts((burst(ACCOUNT, 5, 9), burst(ACCOUNT, 1, 2)), 0, over=False)})
    finding = one(rule, result)
    assert finding.outcome is Outcome.FAIL
    assert "2 bursts" in finding.reason
    assert "of 2 from 1970-01-01T00:00:01Z to 1970-01-01T00:00:02Z" in finding.reason
    assert isinstance(finding.details, HitDetails)
    assert finding.details.bursts[0].group == ('"ip"',)
    elsewhere = replace(HITS, bursts={RULE.id: Bursts((burst(OTHER, 1, 2),), 0, over=False)})
    assert one(rule, elsewhere).outcome is Outcome.PASS
    assert one(rule, HITS).outcome is Outcome.PASS, "hits without a burst"


def test_a_missing_burst_means_nothing_when_records_could_not_be_counted() -> None:
    rule = checked(threshold=Threshold(2, 60))
    undated = one(rule, replace(HITS, bursts={RULE.id: Bursts((), 2, over=False)}))
    assert (undated.outcome, "without a readable eventTime" in undated.reason) == (Outcome.UNKNOWN, True)
    over = one(rule, replace(HITS, bursts={RULE.id: Bursts((), 0, over=True)}))
    assert (over.outcome, "more groups" in over.reason) == (Outcome.UNKNOWN, True)


def test_counts_that_are_not_exact_say_so() -> None:
    finding = one(RULE, replace(HITS, exact=False))
    assert "at most 1 record" in finding.reason
    assert isinstance(finding.details, HitDetails)
    assert not finding.details.exact


def test_several_rules() -> None:
    second = replace(RULE, id=RuleId("event.a"))
    result = replace(CLEAN, accounts={ACCOUNT: 10, OTHER: 1})
    found = [(finding.account, finding.rule) for finding in judge_all([RULE, second], result)]
    assert found == [(ACCOUNT, "event.a"), (ACCOUNT, "event.stop"), (OTHER, "event.a"), (OTHER, "event.stop")]


def test_rules_of_other_kinds_are_refused() -> None:
    with pytest.raises(UsageError, match="is not a log-events rule"):
        list(judge(replace(RULE, check=RouteCheck("{ $.a = b }", None, (), 1, 1)), CLEAN, {}))
