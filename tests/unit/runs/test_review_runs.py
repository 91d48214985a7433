"""Bundles of `trailwitness logs` among those of a period: runs that reviewed the logs, and what they prove."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.collect.recording import utc_now
from scanner.errors import SnapshotError
from scanner.period.evidence import ReviewRun
from scanner.runs.periods.inputs import REVIEW_FILES, HeldReview, reviews_in
from scanner.runs.periods.reviews.log_runs import log_runs
from scanner.runs.scanning import scan_snapshot, seal_scan
from scanner.runs.selection import select
from scanner.times import read_time, rfc3339
from tests.unit.replay.folders import write_folder

ACCOUNT, MADE = "111122223333", "2026-05-02T06:00:00Z"
WHOLE = {"records": 5, "incomplete": 0, "cut": 0, "unread": 0, "malformed": 0, "records_by_account": {ACCOUNT: 5}}


def held(folder: Path, since: str, until: str = "", **accounting: Any) -> HeldReview:
    """What is kept of a bundle of which the assessment says this."""
    told = {
        "kind": "log-records",
        "scope": {"since": since, "until": until},
        "collected": {"started": MADE},
        "accounting": {**WHOLE, **accounting},
        "rules": ["event.a", "event.b"],
    }
    assessment = json.dumps({"run": told}).encode()
    manifest = f"{sha256(assessment).hexdigest()}  data/assessment.json\n".encode()
    tags = f"{sha256(manifest).hexdigest()}  manifest-sha256.txt\n".encode()
    (folder / "data").mkdir()
    for name, content in zip(REVIEW_FILES, (tags, manifest, assessment), strict=True):
        (folder / name).write_bytes(content)
    return HeldReview(folder, "daily", sha256(tags).hexdigest())


def passed(why: str, source: str = "a.json.gz") -> dict[str, Any]:
    return {"passed_over": [{"source": source, "why": why}]}


@pytest.mark.parametrize(
    "accounting",
    [passed("left out by --exclude *.md", "README.md"), passed("left out by --account"), passed("digest files")],
)
def test_what_is_no_log_of_the_account_may_be_left_out(tmp_path: Path, accounting: dict[str, Any]) -> None:
    (found,) = log_runs([held(tmp_path, "2026-05-01T00:00:00Z", **accounting)])
    assert found.complete


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-05-01T06:00:00Z", ""),
        ("2026-05-01T06:00:04Z", ""),
        ("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"),
        ("2026-04-30T07:00:00Z", "2026-05-01T07:00:00Z"),
        ("2026-05-01T00:00:00Z", "2026-05-09T00:00:00Z"),
    ],
)
def test_a_run_over_the_day_before_it_is_a_review(tmp_path: Path, since: str, until: str) -> None:
    (found,) = log_runs([held(tmp_path, since, until)])
    assert found == ReviewRun(ACCOUNT, read_time(MADE), "logs-run", "daily (2 rules)")


@pytest.mark.parametrize(
    ("since", "until", "accounting", "why"),
    [
        ("", "", {}, "it was made without --since, so which days it looked at is not known"),
        ("2026-05-02T00:00:00Z", "", {}, "24 hours that end within a day before 2026-05-02T06:00:00Z are required"),
        ("2026-04-29T00:00:00Z", "2026-05-01T06:00:00Z", {}, "from 2026-04-29T00:00:00Z to 2026-05-01T06:00:00Z"),
        ("2026-05-02T05:00:00Z", "2026-05-09T00:00:00Z", {}, "24 hours that end within a day"),
        ("2026-05-01T00:00:00Z", "", {"records": 0, "records_by_account": {}}, "it read no record"),
        ("2026-05-01T00:00:00Z", "", {"incomplete": 1}, "it did not read every record"),
        ("2026-05-01T00:00:00Z", "", {"cut": 1}, "it did not read every record"),
        ("2026-05-01T00:00:00Z", "", {"unread": 1}, "it did not read every record"),
        ("2026-05-01T00:00:00Z", "", {"malformed": 1}, "it did not read every record"),
        ("2026-05-01T00:00:00Z", "", passed("left out by --exclude *"), "a.json.gz was left out by --exclude *"),
        ("2026-05-01T00:00:00Z", "", passed("left out by --region"), "a.json.gz was left out by --region"),
    ],
)
def test_another_run_does_not_count_and_says_why(
    tmp_path: Path, since: str, until: str, accounting: dict[str, Any], why: str
) -> None:
    (found,) = log_runs([held(tmp_path, since, until, **accounting)])
    assert not found.complete
    assert why in found.why
    assert found.account == ("" if accounting.get("records") == 0 else ACCOUNT)


@pytest.mark.parametrize("name", REVIEW_FILES)
def test_what_was_changed_since_it_was_sealed_is_refused(tmp_path: Path, name: str) -> None:
    review = held(tmp_path, "2026-05-01T00:00:00Z")
    with (tmp_path / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(SnapshotError, match="is not the one that was sealed"):
        list(log_runs([review]))


def test_a_bundle_of_a_run_is_a_review_in_the_bundle_of_the_period(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    record = {"eventTime": rfc3339(utc_now()), "eventName": "X", "eventSource": "x", "recipientAccountId": ACCOUNT}
    Path("log.json").write_text(json.dumps({"Records": [record]}), encoding="utf-8")
    Path("evidence").mkdir()
    wanted = ("--rule", "event.logging-stopped", "-q", "--without-logs", "--allow-incomplete")
    run(["logs", "log.json", "--since", "24h", "--bundle", "evidence/daily.zip", *wanted])
    (review,) = reviews_in(Path("evidence"))
    (found,) = log_runs([review])
    assert (found.account, found.kind, found.name, found.why) == (ACCOUNT, "logs-run", "daily.zip (1 rule)", "")
    folder = write_folder(Path("snapshot"))
    seal_scan(scan_snapshot(folder, select((), ("trail.multi-region-logging",), (), ())), Path("evidence/scan"))
    period = ("--period", "2026-11-18..2026-11-20T11:00:00Z", "--bundles", "evidence")
    assert run(["assess", *period, "--rule", "evidence.daily-review", "--bundle", "sealed", "-q"]) == Exit.INCOMPLETE
    evidence = json.loads(Path("sealed/data/period/evidence.json").read_text(encoding="utf-8"))
    assert [each["kind"] for each in evidence["reviews"]["runs"]] == ["logs-run"]
    assert run(["verify", "sealed"]) == Exit.CLEAN
    with Path("sealed/data/period/reviews/0001/data/assessment.json").open("ab") as file:
        file.write(b" ")
    capsys.readouterr()
    assert run(["verify", "sealed"]) == Exit.FINDINGS
    Path("evidence/broken").mkdir()
    for name in ("bagit.txt", "data/logs.json"):
        target = Path("evidence/broken") / name
        target.parent.mkdir(exist_ok=True)
        target.write_text("{}", encoding="utf-8")
    assert run(["assess", *period, "--rule", "evidence.daily-review"]) == Exit.ERROR
    assert "The bundle evidence/broken is broken" in capsys.readouterr().err
