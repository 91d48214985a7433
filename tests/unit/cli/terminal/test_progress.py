"""The bars on a terminal: those of accounts that are done go, so that an organization fits the screen."""

import io

import pytest

from scanner.cli.terminal.progress import duration, estimating, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_of_phases_that_are_done_are_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar() as show:
        for number in range(1, 60):
            show(f"Collecting account {number} of 59", 0, 2)
            show(f"Collecting account {number} of 59", 2, 2)
        terminal.truncate(0)
        show("Collecting account 3 of 59", 2, 5)
    assert "Collecting account 3 of 59" in terminal.getvalue()
    assert "Collecting account 58 of 59" not in terminal.getvalue()


def test_a_long_run_says_how_far_it_is_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter((0.0, 10.0, 31.0, 40.0, 62.0, 93.0))
    monkeypatch.setenv("CI", "1")
    with estimating(lambda: next(clock)) as estimate:
        for done in (1, 2, 3, 4, 100):
            estimate(done, 100, f"{done * 12} log files")
    assert capsys.readouterr().err.splitlines() == [
        "2 of 100 days: 24 log files; about 25 min left",
        "4 of 100 days: 48 log files; about 25 min left",
        "100 of 100 days: 1200 log files; about 0 s left",
    ]


def test_a_long_run_has_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with estimating() as estimate:
        estimate(3, 12, "36 log files")
    assert "days: 36 log files" in terminal.getvalue()
    assert "3/12" in terminal.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"), [(59, "59 s"), (60, "1 min"), (3599, "1 h 0 min"), (12_000, "3 h 20 min")]
)
def test_how_long(seconds: float, words: str) -> None:
    assert duration(seconds) == words
