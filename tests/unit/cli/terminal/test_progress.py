"""The bars on a terminal: those of accounts that are done go, so that an organization fits the screen."""

import io

import pytest

from scanner.cli.terminal.progress import progress_bar


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
