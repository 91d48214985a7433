"""A run: the routes of the selected rules, what is known of ways to people."""

from pathlib import Path

import pytest

from scanner.audit_path.histories.deliveries import ALARM_DELIVERIES
from scanner.audit_path.places import ALARM_HISTORY, TRAIL_LISTING
from scanner.collect.iam_policy import iam_policy
from scanner.errors import UsageError
from scanner.replay.alarming.acting import Verdict
from scanner.runs.collecting import plan_for
from scanner.runs.replaying.run import read_deployed, routes_of
from scanner.runs.selection import select
from tests.unit.replay.deployments import deployed as elsewhere
from tests.unit.replay.deployments import log_file, record, replayed
from tests.unit.replay.folders import write_folder


def test_routes_are_those_of_rules_about_records() -> None:
    routes = {route.id for route in routes_of(select((), ("route",), (), ()))}
    assert "route.cloudtrail-config-changes" in routes
    assert "route.guardduty-findings" not in routes  # its events are no CloudTrail records


def test_without_a_route_nothing_would_have_to_be_told() -> None:
    with pytest.raises(UsageError, match="No rule about routes"):
        routes_of(select((), ("trail",), (), ()))


def test_a_history_is_collected_only_where_it_is_asked_for() -> None:
    assert ALARM_HISTORY in plan_for((), ("alarm-history",)).uses
    assert TRAIL_LISTING in plan_for((), ("alarm-history",)).uses  # what names its Regions
    assert plan_for(()).uses == frozenset()
    assert ALARM_DELIVERIES in plan_for((), ("alarm-history",)).uses
    (statement,) = iam_policy({ALARM_HISTORY})["Statement"]
    assert "cloudwatch:DescribeAlarmHistory" in statement["Action"]


def test_an_alarm_whose_way_was_not_looked_at_is_never_taken_to_tell_somebody(tmp_path: Path) -> None:
    deployed = read_deployed(write_folder(tmp_path / "snapshot", alarm={"AlarmActions": []}))
    assert {verdict.verdict for verdict in deployed.onwards.values()} == {Verdict.UNKNOWN}
    (route,) = replayed(elsewhere(), log_file(record()), onwards=deployed.onwards).routes
    assert route.silences[0].why == "whether alarm changes reaches somebody was not looked at"
