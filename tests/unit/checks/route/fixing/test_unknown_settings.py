"""A repair never puts an alarm again of which a setting is not known: that would take the setting away."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.assessment.evaluate import evaluate
from scanner.cases import load_cases
from scanner.cases.run import case_snapshot
from scanner.content.rules import load_rules
from scanner.model import Outcome, RouteDetails
from scanner.snapshot.partly import UnknownPlace

ROOT = Path(__file__).parents[5]


@pytest.mark.parametrize("broken", [{"AlarmActions": []}, {"Threshold": 1000.0}])
@pytest.mark.parametrize("unknown", [(), (UnknownPlace("/pages/0/MetricAlarms/0/OKActions", "a plan"),)])
def test_an_alarm_is_put_again_only_when_it_is_known_whole(
    broken: dict[str, Any], unknown: tuple[UnknownPlace, ...]
) -> None:
    (rule,) = (rule for rule in load_rules() if rule.id == "route.cloudtrail-config-changes")
    case = load_cases(rule, ROOT / "rules", proven=True)[0]
    calls = []
    for call in case.calls:
        if call.operation == "cloudwatch.DescribeAlarms":
            listed: Any = call.pages[0]["MetricAlarms"]
            (alarm,) = listed
            calls.append(replace(call, pages=({"MetricAlarms": [{**alarm, **broken}]},), unknown=unknown))
        else:
            calls.append(call)
    (finding,) = evaluate([rule], case_snapshot(replace(case, calls=tuple(calls))))
    assert finding.outcome is Outcome.FAIL
    assert isinstance(finding.details, RouteDetails)
    assert ("put-metric-alarm" in str(finding.details.fix)) is not bool(unknown)
