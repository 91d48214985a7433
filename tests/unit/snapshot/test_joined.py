"""Several snapshots judged as one: their accounts together, each at its own time, and no contradiction between them."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner import __version__
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.errors import SnapshotError, UsageError
from scanner.model import CallKey, GapKind
from scanner.snapshot.answers import SCHEMA, CallError, Reply, Snapshot
from scanner.snapshot.folder import SnapshotWriter, read_files
from scanner.snapshot.joined import open_snapshots
from scanner.snapshot.run_json import JOINED

A, B = "111122223333", "222233334444"
MONDAY, FRIDAY = "2026-11-16T12:00:00Z", "2026-11-20T12:00:00Z"
RULE = ["--rule", "trail.log-file-validation"]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """``write(name, account, started, …)``: a snapshot of one account with one trail in one Region."""

    def make(
        name: str, account: str, started: str, *, valid: bool = True, region: str = "us-east-1", **run: Any
    ) -> Path:
        trail = {
            "Name": "main",
            "TrailARN": f"arn:aws:cloudtrail:{region}:{account}:trail/main",
            "HomeRegion": region,
            "LogFileValidationEnabled": valid,
        }
        who = {"Account": account, "Arn": f"arn:aws:iam::{account}:user/auditor", "UserId": "AIDA"}
        with SnapshotWriter(tmp_path / name) as writer:
            shadows = {"includeShadowTrails": True}
            key = CallKey(account, region, "cloudtrail.DescribeTrails", shadows)
            writer.record(key, Reply(pages=({"trailList": [trail]},), items=1), started)
            writer.record(CallKey(account, "us-east-1", "sts.GetCallerIdentity", {}), Reply(pages=(who,)), started)
            told = {
                "schema": SCHEMA,
                "started": started,
                "finished": started,
                "partition": "aws",
                "caller": {"account": account, "arn": who["Arn"], "user_id": "AIDA"},
                "tool": {"name": "trailwitness", "version": __version__},
                "rules": ["trail.log-file-validation"],
                "scope": {
                    "accounts": {account: {"regions": [region], "skipped": {}}},
                    "asked": {"regions": [region]},
                },
            }
            writer.finish({**told, **run})
        return tmp_path / name

    return make


def joined(*paths: Path) -> Snapshot:
    return read_files(open_snapshots(paths))


def test_accounts_together_each_at_its_own_time(write: Callable[..., Path]) -> None:
    snapshot = joined(write("b", B, FRIDAY), write("a", A, MONDAY))
    assert snapshot.accounts == (A, B)
    assert [snapshot.time_of(account).day for account in (A, B)] == [16, 20]
    assert snapshot.collected_at == datetime(2026, 11, 16, 12, tzinfo=UTC)
    assert snapshot.run["finished"] == FRIDAY
    assert [run["started"] for run in snapshot.run["joined"]] == [MONDAY, FRIDAY]
    assert "caller" not in snapshot.run
    assert len(snapshot.calls) == 4


def test_the_order_in_which_they_are_given_does_not_matter(write: Callable[..., Path]) -> None:
    paths = (write("a", A, MONDAY), write("b", B, MONDAY), write("c", B, MONDAY))
    first, again = open_snapshots(paths), open_snapshots(paths[::-1])
    for name in ("run.json", "calls.jsonl"):
        assert first.read(name) == again.read(name)


def test_the_same_snapshot_twice_is_that_snapshot(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write("a", A, MONDAY)
    shutil.copytree(path, tmp_path / "copy")
    snapshot = joined(path, tmp_path / "copy")
    assert len(snapshot.run["joined"]) == 1
    assert len(snapshot.calls) == 2


def test_two_halves_of_one_account(write: Callable[..., Path]) -> None:
    """The later time counts for both: it makes facts older, and never fresher."""
    snapshot = joined(write("a", A, FRIDAY), write("b", A, MONDAY, region="eu-west-1"))
    assert snapshot.regions(A) == ("eu-west-1", "us-east-1")
    assert snapshot.time_of(A).day == 20
    assert snapshot.run["scope"]["asked"] == {"regions": ["eu-west-1", "us-east-1"]}


def test_of_two_times_of_joining_the_later_counts(write: Callable[..., Path]) -> None:
    """Whoever leaves an organization and joins it again is new to its trails again."""

    def scope(region: str, since: str) -> dict[str, Any]:
        return {"accounts": {A: {"regions": [region], "skipped": {}, JOINED: since}}, "asked": {"regions": [region]}}

    halves = (("us-east-1", MONDAY), ("eu-west-1", FRIDAY))
    paths = [write(region, A, FRIDAY, region=region, scope=scope(region, since)) for region, since in halves]
    assert joined(*paths).run["scope"]["accounts"][A][JOINED] == FRIDAY
    with pytest.raises(SnapshotError, match="has no time under 'joined_organization'"):
        write("wrong", A, FRIDAY, scope=scope("us-east-1", "lately"))


@pytest.mark.parametrize(("asked", "both"), [("enabled", "enabled"), (["eu-west-1"], ["eu-west-1"])])
def test_every_region_was_looked_at_only_where_all_did(asked: Any, both: Any, write: Callable[..., Path]) -> None:
    def scope(account: str, regions: Any) -> dict[str, Any]:
        return {"accounts": {account: {"regions": ["us-east-1"], "skipped": {}}}, "asked": {"regions": regions}}

    whole = write("a", A, MONDAY, scope=scope(A, "enabled"))
    assert joined(whole, write("b", B, MONDAY, scope=scope(B, asked))).run["scope"]["asked"] == {"regions": both}


def test_another_answer_to_the_same_call_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match=f"hold different answers to the same call: {A}/us-east-1/cloudtrail.Describe"):
        joined(write("a", A, MONDAY), write("b", A, FRIDAY, valid=False))


def test_a_refusal_and_an_answer_are_different_answers(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write("a", A, MONDAY)
    with SnapshotWriter(tmp_path / "denied") as writer:
        key = CallKey(A, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True})
        writer.record(key, Reply(error=CallError(GapKind.DENIED, "AccessDenied", "no")), MONDAY)
        writer.finish(dict(json.loads((path / "run.json").read_bytes())))
    with pytest.raises(UsageError, match="different answers"):
        joined(path, tmp_path / "denied")


def test_another_partition_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="of different partitions: aws, aws-us-gov"):
        joined(write("a", A, MONDAY), write("b", B, MONDAY, partition="aws-us-gov"))


def test_an_account_that_one_could_not_enter_and_another_could(write: Callable[..., Path]) -> None:
    denied = {A: {"regions": [], "skipped": {}, "reason": "denied"}, B: {"regions": ["us-east-1"], "skipped": {}}}
    asked = {"regions": ["us-east-1"]}
    b = write("b", B, MONDAY, scope={"accounts": denied, "skipped": {"333344445555": "gone"}, "asked": asked})
    alone = read_files(open_snapshots((b,)))
    assert (alone.left_out(A), dict(alone.passed_over)) == ("denied", {"333344445555": "gone"})
    both = joined(b, write("a", A, FRIDAY))
    assert (both.left_out(A), both.regions(A)) == ("", ("us-east-1",))
    assert both.passed_over == {"333344445555": "gone"}


@pytest.mark.parametrize("parts", [5, [5], [{"joined": []}], [{"schema": SCHEMA}]])
def test_parts_that_are_none(parts: Any, write: Callable[..., Path]) -> None:
    with pytest.raises(SnapshotError):
        joined(write("a", A, MONDAY, joined=parts))


def test_a_bundle_of_several_verifies_and_is_judged_again(write: Callable[..., Path], tmp_path: Path) -> None:
    """The members of a joined bundle join again with others, and a call that was taken out is told."""
    first, second, third = write("a", A, MONDAY), write("b", B, FRIDAY, valid=False), write("c", "333344445555", FRIDAY)
    both = ["--snapshot", str(second), "--snapshot", str(first)]
    assert run(["scan", *both, *RULE, "-q", "--bundle", str(tmp_path / "bag")]) == Exit.FINDINGS
    assert run(["verify", str(tmp_path / "bag")]) == Exit.CLEAN
    more = ["--snapshot", str(third), "--snapshot", str(tmp_path / "bag")]
    assert run(["scan", *more, *RULE, "-q", "--bundle", str(tmp_path / "all.zip")]) == Exit.FINDINGS
    assert run(["verify", str(tmp_path / "all.zip")]) == Exit.CLEAN
    assert joined(third, tmp_path / "bag").accounts == (A, B, "333344445555")
    lines = (first / "calls.jsonl").read_bytes().splitlines(keepends=True)
    (first / "calls.jsonl").write_bytes(b"".join(each for each in lines if b"DescribeTrails" not in each))
    assert run(["scan", *both, *RULE, "-q", "--bundle", str(tmp_path / "less")]) == Exit.FINDINGS
    assert run(["verify", str(tmp_path / "less")]) == Exit.FINDINGS


def test_the_command_refuses_what_contradicts_itself(
    write: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["--snapshot", str(write("a", A, MONDAY)), "--snapshot", str(write("b", A, FRIDAY, valid=False))]
    assert run(["scan", *both, *RULE, "--bundle", str(tmp_path / "bag")]) == Exit.ERROR
    told = capsys.readouterr()
    assert "hold different answers to the same call" in told.err
    assert not told.out
    assert not (tmp_path / "bag").exists()
