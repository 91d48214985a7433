"""`trailwitness logs contributors`, as it is called."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run

RULE: dict[str, Any] = {
    "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
    "LogGroupNames": ["audit/cloudtrail"],
    "LogFormat": "JSON",
    "Contribution": {
        "Keys": ["$.userIdentity.arn"],
        "Filters": [{"Match": "$.errorCode", "StartsWith": ["AccessDenied"]}],
    },
    "AggregateOn": "Count",
}


def record(number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.09",
        "eventID": f"{number:08}-0000-4000-8000-000000000000",
        "eventTime": f"2026-11-{20 + number % 2}T06:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "userIdentity": {"arn": f"arn:aws:iam::111122223333:user/{'alice' if number % 3 else 'bob'}"},
        **({"errorCode": "AccessDenied"} if number % 4 else {}),
    }


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty records in one file, and the same in shards, some of them delivered more than once."""
    monkeypatch.chdir(tmp_path)
    records = [record(number) for number in range(40)]
    (tmp_path / "all.json").write_text(json.dumps({"Records": records}))
    (tmp_path / "rule.json").write_text(json.dumps(RULE))
    (tmp_path / "shards").mkdir()
    for number in range(5):
        content = json.dumps({"Records": records[number::5] + records[:2]}).encode()
        (tmp_path / "shards" / f"{number}.json.gz").write_bytes(gzip.compress(content))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run(["logs", "contributors", *arguments]) == code
    return json.loads(capsys.readouterr().out)


def test_the_same_result_for_any_sharding(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here.is_dir()
    whole = told(capsys, "--rule", "rule.json", "--json", "all.json")
    spread = told(capsys, "--rule", "rule.json", "--json", "--workers", "2", "shards")
    assert whole["contributors"] == spread["contributors"]
    assert [entry["value"] for entry in whole["contributors"]] == [20, 10]
    assert (whole["repeats"], spread["repeats"]) == (0, 5)
    assert whole["unique_contributors"] == spread["unique_contributors"] == 2


def test_a_window_and_the_first_of_them(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here.is_dir()
    day = told(capsys, "--rule", "rule.json", "--json", "--top", "1", "--since", "2026-11-21", "all.json")
    assert [len(day["contributors"]), day["unique_contributors"], day["records"]] == [1, 2, 20]
    assert day["since"] == "2026-11-21T00:00:00Z"


def test_the_text_says_what_cloudwatch_would_not(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here.is_dir()
    assert run(["logs", "contributors", "--rule", "rule.json", "all.json"]) == 0
    out = capsys.readouterr().out
    assert "2 contributors by $.userIdentity.arn, events in all: 30" in out
    assert "are approximate; these are exact" in out


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "rule.json:1:2: expected a JSON object"),
        (json.dumps({**RULE, "LogFormat": "XML"}), "$.LogFormat: expected JSON or CLF, found XML"),
        (
            json.dumps({**RULE, "LogFormat": "CLF", "Contribution": {"Keys": ["1"]}}),
            "expected JSON, because CloudTrail records are JSON, found CLF",
        ),
        (None, "rule.json: expected a JSON file in UTF-8 that can be read"),
    ],
)
def test_a_bad_rule_is_one_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], content: str | None, expected: str
) -> None:
    (here / "rule.json").unlink()
    if content is not None:
        (here / "rule.json").write_text(content)
    assert run(["logs", "contributors", "--rule", "rule.json", "all.json"]) == 2
    captured = capsys.readouterr()
    assert expected in captured.err
    assert captured.out == ""


def test_what_was_not_read_is_told_and_not_clean(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "cut.json").write_text((here / "all.json").read_text()[:-40])
    assert told(capsys, "--rule", "rule.json", "--json", "cut.json", code=3)["not_read_whole"]
    (here / "empty.json").write_text('{"Records": []}')
    assert told(capsys, "--rule", "rule.json", "--json", "empty.json", code=3)["contributors"] == []


def test_a_source_of_that_name_is_a_source(here: Path) -> None:
    (here / "all.json").rename(here / "contributors")
    assert run(["logs", "contributors", "--quiet"]) in (0, 1)
