"""The entry of the command."""

import gc

import pytest

from trailwitness.__main__ import main


def test_a_command_that_ends_is_not_searched_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the interpreter goes through everything once more before it exits."""
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    with pytest.raises(SystemExit):
        main(["--version"])
    assert frozen
