"""Matching of one record, and judging of the demo account from its recorded answers."""

import json
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scanner.collect import CollectOptions, collect
from scanner.demo.account import REGIONS, seed
from scanner.demo.clients import environment
from scanner.demo.server import demo_server
from scanner.model import Outcome
from scanner.pattern import matcher, matches, parse
from scanner.runs.collecting import plan_for
from scanner.runs.configuration import judge
from scanner.runs.selection import Selection, select
from scanner.snapshot.folder import read_snapshot

RECORD = json.dumps(
    {
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333"},
        "eventTime": "2026-11-20T07:00:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "requestParameters": {"name": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"},
        "responseElements": None,
        "readOnly": False,
        "eventType": "AwsApiCall",
    }
)
PATTERN = parse("{ ($.eventName = CreateTrail) || ($.eventName = Delete*) || ($.eventName = StopLogging) }")


def test_matches(benchmark: BenchmarkFixture) -> None:
    assert benchmark(matches, PATTERN, RECORD)


def test_a_bound_matcher(benchmark: BenchmarkFixture) -> None:
    assert benchmark(matcher(PATTERN), RECORD)


@pytest.fixture(scope="module")
def selection() -> Selection:
    return select((), (), (), ())


@pytest.fixture(scope="module")
def folder(selection: Selection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo account, collected once over HTTP."""
    target = tmp_path_factory.mktemp("benchmark") / "snapshot"
    with demo_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(endpoint).items():
            patch.setenv(name, value)
        seed(endpoint)
        collect(CollectOptions(regions=REGIONS), plan_for(selection.rules), target)
    return target


@pytest.mark.slow
def test_judging_the_demo_account(benchmark: BenchmarkFixture, folder: Path, selection: Selection) -> None:
    """Reading the snapshot with every digest, evaluating and assessing: what `scan --snapshot` does after loading."""
    assessment = benchmark(lambda: judge(read_snapshot(folder), selection))
    assert assessment.summary.findings[Outcome.PASS] > 50
