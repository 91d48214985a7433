"""Log-events rules: read, checked whole, and left out of a scan."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.assessment.evaluate import evaluate
from scanner.content.rules import load_rules
from scanner.errors import ContentError
from scanner.model import LogEventsCheck, Polarity, Rule, Threshold
from scanner.snapshot.answers import SCHEMA, Snapshot

RULE: dict[str, Any] = {
    "id": "event.burst",
    "title": "Bursts of failed sign-ins",
    "severity": "medium",
    "description": "Failed sign-ins.",
    "rationale": "Because.",
    "remediation": "Look.",
    "references": ["https://docs.aws.amazon.com/x"],
    "parameters": {
        "threshold": {"type": "integer", "default": 5, "minimum": 2, "description": "How many"},
        "window": {"type": "integer", "default": 600, "minimum": 60, "description": "Seconds"},
    },
    "check": "log-events",
    "events": "{ ($.eventName = ConsoleLogin) && ($.errorMessage = *) }",
    "except": "{ $.userIdentity.type = AWSService }",
    "threshold": {"count": "$threshold", "within": "$window", "by": ["recipientAccountId", "sourceIPAddress"]},
}
BARE = {key: value for key, value in RULE.items() if key not in {"parameters", "threshold", "except"}}


def load(folder: Path, data: dict[str, Any]) -> Rule:
    path = folder / "event" / "burst.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False, width=9999), encoding="utf-8")
    (rule,) = load_rules([folder], with_shipped=False)
    return rule


def problem(folder: Path, data: dict[str, Any]) -> str:
    with pytest.raises(ContentError) as caught:
        load(folder, data)
    (found,) = caught.value.problems
    return found.partition(": ")[2]


def test_a_whole_rule(tmp_path: Path) -> None:
    assert load(tmp_path, RULE).check == LogEventsCheck(
        events=RULE["events"],
        excluded=RULE["except"],
        polarity=Polarity.MUST_NOT,
        threshold=Threshold("$threshold", "$window", ("recipientAccountId", "sourceIPAddress")),
    )


def test_a_short_rule(tmp_path: Path) -> None:
    assert load(tmp_path, BARE).check == LogEventsCheck(events=RULE["events"])
    must = load(tmp_path, {**BARE, "polarity": "must"}).check
    assert isinstance(must, LogEventsCheck)
    assert must.polarity == "must"


@pytest.mark.parametrize(
    ("within", "seconds"), [("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400), (90, 90), ("31d", 2678400)]
)
def test_durations(tmp_path: Path, within: str | int, seconds: int) -> None:
    check = load(tmp_path, {**BARE, "threshold": {"count": 3, "within": within}}).check
    assert isinstance(check, LogEventsCheck)
    assert check.threshold == Threshold(3, seconds)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"threshold": {"count": 3}}, "threshold lacks the key 'within'"),
        ({"threshold": {"count": 0, "within": "5m"}}, "threshold.count must be "),
        ({"threshold": {"count": 3, "within": "5 minutes"}}, "threshold.within must be a duration such as"),
        ({"threshold": {"count": 3, "within": "32d"}}, "threshold.within is longer than 31 days"),
        ({"threshold": {"count": "$many", "within": "5m"}}, "threshold.count names no integer parameter: '$many'"),
        ({"threshold": {"count": 3, "within": "5m", "by": ["$.a"]}}, "must be a record path"),
        ({"polarity": "may"}, "polarity must be one of"),
        ({"alarm": {"max_threshold": 1, "max_period": 60}}, "the key 'alarm' does not belong here"),
        ({"events": "{ $.eventName = }"}, "events: "),
        ({"except": "{ $.eventName = }"}, "except: "),
        ({"events": "ConsoleLogin"}, "events: "),
        ({"events": "{ ($.eventName = A) && ($.eventName = B) }"}, "events: no event can match this pattern"),
    ],
)
def test_one_mistake(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    assert expected in problem(tmp_path, {**BARE, **changes})


def test_a_parameter_that_nothing_uses(tmp_path: Path) -> None:
    data = {**RULE, "threshold": {"count": "$threshold", "within": "5m"}}
    assert "nothing uses the parameter window" in problem(tmp_path, data)


def test_a_scan_does_not_judge_it(tmp_path: Path) -> None:
    run = {
        "schema": SCHEMA,
        "scope": {"accounts": {"111122223333": {"regions": ["us-east-1"]}}},
        "started": "2026-11-20T07:00:00Z",
    }
    snapshot = Snapshot(run, (), lambda _: b"")
    assert list(evaluate([load(tmp_path, RULE)], snapshot)) == []
