"""What the `logs` command reads: times as they are written, and options that do not go together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.aws.options import Account, Accounts
from scanner.errors import UsageError
from scanner.model import Caller
from scanner.runs.over_logs.opening import Asked, moment, open_sources

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOBODY = Account(None, None, None, ())


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        (None, False, None),
        ("2026-11-19", False, "2026-11-19T00:00:00+00:00"),
        ("2026-11-19", True, "2026-11-19T23:59:59.999999+00:00"),
        ("2026-11-19T07:30:00Z", True, "2026-11-19T07:30:00+00:00"),
        ("2026-11-19T07:30:00+02:00", False, "2026-11-19T05:30:00+00:00"),
        ("2026-11-19 07:30", False, "2026-11-19T07:30:00+00:00"),
        ("7d", False, "2026-11-13T12:00:00+00:00"),
        ("90m", False, "2026-11-20T10:30:00+00:00"),
        ("24h", True, "2026-11-19T12:00:00+00:00"),
        ("20261119", False, "2026-11-19T00:00:00+00:00"),
        ("20261119", True, "2026-11-19T23:59:59.999999+00:00"),
        ("20261119T073000Z", True, "2026-11-19T07:30:00+00:00"),
        ("2w", False, "2026-11-06T12:00:00+00:00"),
    ],
)
def test_times(text: str | None, end: bool, expected: str | None) -> None:
    found = moment(text, "--since", NOW, end=end)
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "0d",
        "7",
        "2026-13-01",
        "",
        "7d ago",
        "2026W185",
        "2026-W18-5",
        "2026-W18",
        "202605",
        "2026-0501",
        "20260532",
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="this is not a time"):
        moment(text, "--until", NOW)


@pytest.mark.parametrize("text", ["0001-01-01", "1969-12-31T23:59:59Z", "99999w"])
def test_a_time_before_anything_was_recorded_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"--since {text}: this is before 1970"):
        moment(text, "--since", NOW)
    assert moment("1970-01-01", "--since", NOW) is not None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked((), NOBODY), "No source"),
        (Asked(("a.json",), Account("audit", None, None, ())), "nothing is read from AWS"),
        (Asked(("a.json",), NOBODY, accounts=("111122223333",)), "no s3:// source"),
        (Asked(("s3://bucket/",), Account(None, None, "x", ())), "--role-arn"),
        (Asked(("s3://bucket/",), Account(accounts=Accounts(organization=True))), "credentials of one account"),
        (Asked(("a.json",), NOBODY, since=NOW, until=datetime(2026, 11, 19, tzinfo=UTC)), "later than --until"),
        (Asked(("a.json",), NOBODY, since=datetime(2026, 11, 20, 12, 1, tzinfo=UTC)), "--since .* is in the future"),
        (Asked(("a.json",), NOBODY, until=datetime(2026, 11, 21, tzinfo=UTC)), "--until .* is in the future"),
        (Asked(("missing.json",), NOBODY), "no file or folder"),
        (Asked(("s3://bucket/", "a.json"), NOBODY, accounts=("111122223333",)), "does not apply to a.json"),
        (
            Asked(("s3://bucket/",), NOBODY, accounts=("111122223333",), named={"event-history": ("",)}),
            "does not apply to event history",
        ),
        (Asked(("s3://bucket/", "a.json"), Account(None, None, None, ("eu-west-1",))), "does not apply to a.json"),
        (Asked(("s3://bucket/",), NOBODY, late=timedelta(days=3)), "a window that ends"),
        (Asked(("",), NOBODY), "A source is empty"),
        (Asked(("a.json",), NOBODY, excluded=("*.md", "")), "--exclude is empty"),
        (Asked((), NOBODY, named={"log-group": (" ",)}), "--log-group is empty"),
        (Asked(("s3://bucket/",), NOBODY, accounts=("",)), "--account is empty"),
        (Asked(("s3://bucket/",), NOBODY, accounts=("1234",)), "not the id of an account"),
        (Asked(("s3://bucket/...",), NOBODY), "ends in a placeholder"),
        (Asked(("s3://",), NOBODY), "not the URL of a bucket"),
        (Asked(("S3://bucket/x",), NOBODY), "not the URL of a bucket"),
    ],
)
def test_options_that_do_not_go_together(asked: Asked, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_sources(asked, NOW)


def test_the_end_of_today_is_not_the_future(tmp_path: Path) -> None:
    today = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    assert len(open_sources(Asked((str(tmp_path),), NOBODY, since=NOW, until=today), NOW).sources) == 1


def test_files_are_found_and_what_is_passed_over_is_told(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.json").write_text("{}", encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "inner")
    opened = open_sources(Asked((str(tmp_path),), NOBODY), NOW)
    assert [source.name for source in opened.sources] == ["a.json", "inner/b.json"]
    assert [name for name, _ in opened.passed_over] == ["link"]
    assert opened.caller == Caller()


def test_what_is_asked_for_is_sorted_by_kind(tmp_path: Path) -> None:
    local = str(tmp_path / "a.json")
    asked = Asked(
        ("s3://bucket/x", local, "-"), NOBODY, named={"log-group": ("audit", "other"), "event-history": ("",)}
    )
    assert asked.by_kind == {
        "files": (local, "-"),
        "s3": ("s3://bucket/x",),
        "event-history": ("",),
        "log-group": ("audit", "other"),
    }
    assert asked.names == ("s3://bucket/x", local, "-", "event history", "log group audit", "log group other")
    assert asked.places() == (tmp_path / "a.json",)
    assert asked.passing() == ("-", "event history", "log group audit", "log group other")
