"""The records of the demo: a whole route that would have told nobody is shown, and only one that passes."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.demo.records import write_records
from scanner.model import Outcome
from scanner.replay.deployment.deployed import DeployedMute
from scanner.runs.configuration import judge
from scanner.runs.replaying.run import read_deployed
from scanner.runs.replaying.showing import replay_folder, whole_and_silent
from scanner.runs.selection import select
from scanner.snapshot.folder import read_snapshot
from tests.unit.replay.folders import ACCOUNT, write_folder
from tests.unit.replay.test_replaying import mute

RULE = "route.cloudtrail-config-changes"
CRON = "cron(0 0 * * *)"


@pytest.mark.parametrize(
    ("now", "file"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), "20261115T0110Z"),
        (datetime(2026, 11, 22, 0, 30, tzinfo=UTC), "20261115T0110Z"),
        (datetime(2026, 7, 15, 12, tzinfo=UTC), "20260712T0010Z"),
    ],
)
def test_somebody_signs_in_on_the_last_sunday_at_night(tmp_path: Path, now: datetime, file: str) -> None:
    write_records(tmp_path / "logs", ACCOUNT, now)
    assert sorted(path.name.split("_")[3] for path in (tmp_path / "logs").iterdir())[1] == file


@pytest.mark.parametrize(("muted", "shown"), [(True, 1), (False, 0)])
def test_what_is_shown(tmp_path: Path, muted: bool, shown: int) -> None:
    folder = write_folder(tmp_path / "snapshot")
    selection = select((), (RULE,), (), ())
    assessment = judge(read_snapshot(folder), selection)
    assert [each.outcome for each in assessment.findings] == [Outcome.PASS]
    deployed = read_deployed(folder)
    write_records(tmp_path / "logs", ACCOUNT, deployed.snapshot.collected_at)
    if muted:
        (watch,) = deployed.deployment.watches
        made = mute(CRON, "PT24H", MuteTargets={"AlarmNames": ["audited-alarm"]})
        muting = replace(watch, mutes=(DeployedMute(made.rule),))
        deployed = replace(deployed, deployment=replace(deployed.deployment, watches=(muting,)))
    run = replay_folder(deployed, selection, tmp_path / "logs")
    told = list(whole_and_silent(run, assessment))
    assert len(told) == shown
    assert all("mute rule" in line for line in told)
