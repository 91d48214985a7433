"""How many notifications of a topic were delivered lately, as CloudWatch counts them for its owner."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.arns import parse_arn
from scanner.audit_path.topics import COUNTED, metric_arguments
from scanner.facts.facts import Facts
from scanner.model import GapKind
from scanner.resources.monitoring.deliveries import take_deliveries
from scanner.snapshot.answers import CallError, Snapshot
from scanner.times import read_time

SnapshotOf = Callable[..., Snapshot]

ACCOUNT, SECURITY, REGION = "111122223333", "444455556666", "us-east-1"
ASKED = metric_arguments("alerts", read_time("2026-11-20T07:00:00Z"))


def results(status: str = "Complete", **values: list[float]) -> list[dict[str, Any]]:
    return [{"Id": name, "Values": values.get(name, []), "StatusCode": status} for name in COUNTED]


def counted(*pages: Any) -> Any:
    answer = pages[0] if isinstance(pages[0], CallError) else [{"MetricDataResults": page} for page in pages]
    return (REGION, "cloudwatch.GetMetricData", ASKED, answer)


def facts(snapshot: Snapshot, owner: str = ACCOUNT) -> Facts:
    arn = parse_arn(f"arn:aws:sns:{REGION}:{owner}:alerts")
    assert arn is not None
    found = Facts({})
    take_deliveries(found, snapshot, ACCOUNT, arn)
    return found


def test_the_window_ends_with_the_last_full_hour() -> None:
    asked = metric_arguments("alerts", read_time("2026-11-20T07:59:59Z"))
    assert (asked["StartTime"], asked["EndTime"]) == ("2026-11-13T07:00:00Z", "2026-11-20T07:00:00Z")
    assert len(asked["MetricDataQueries"]) == len(COUNTED) == 7


def test_the_hours_of_all_pages_add_up(make_snapshot: SnapshotOf) -> None:
    first = results("PartialData", failed=[1.0], delivered=[2.0, 3.0])
    last = results(failed=[2.0], filtered=[4.0], no_attributes=[3.0], invalid_body=[1.0])
    found = facts(make_snapshot(counted(first, last)))
    assert found.data == {
        "Delivered": 5,
        "Failed": 3,
        "FilteredOut": 4,
        "FilteredReasons": ["3 for having no attributes", "1 for a body that is no JSON object"],
        "CountedUntil": "2026-11-20T07:00:00Z",
    }
    assert [source.call.operation for source in found.cites["Failed"]] == ["cloudwatch.GetMetricData"]


def test_without_datapoints_nothing_was_counted(make_snapshot: SnapshotOf) -> None:
    found = facts(make_snapshot(counted(results())))
    assert (found.data["Delivered"], found.data["Failed"], found.data["FilteredReasons"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("pages", "kind"),
    [
        ([results("PartialData")], GapKind.ERROR),
        ([results("InternalError", failed=[1.0])], GapKind.ERROR),
        ([results()[:1]], GapKind.ERROR),
        ([[]], GapKind.ERROR),
        ([CallError(GapKind.DENIED, "AccessDenied", "")], GapKind.DENIED),
    ],
)
def test_what_is_not_answered_whole_is_a_gap(make_snapshot: SnapshotOf, pages: list[Any], kind: GapKind) -> None:
    found = facts(make_snapshot(counted(*pages)))
    assert {gap.kind for gap in found.gaps.values()} == {kind}
    assert set(found.gaps) == {"Delivered", "Failed", "FilteredOut", "FilteredReasons"}


def test_a_topic_of_another_account_is_counted_there(make_snapshot: SnapshotOf) -> None:
    theirs = make_snapshot(counted(results(failed=[9.0])), others={SECURITY: [counted(results(failed=[1.0]))]})
    assert facts(theirs, SECURITY).data["Failed"] == 1
    alone = facts(make_snapshot(counted(results(failed=[9.0]))), SECURITY)
    assert "belong to account 444455556666, which was not looked at" in alone.gaps["Failed"].reason
