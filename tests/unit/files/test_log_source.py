"""Sources of log bytes whose content, or fault, is at hand."""

import pickle
from dataclasses import dataclass

import pytest

from scanner.errors import SourceError
from scanner.files.log_source import BrokenSource, HeldSource, at_hand


@dataclass(frozen=True)
class Locked:
    name: str

    def read(self) -> bytes:
        raise SourceError("It is locked.", "Unlock it.")


def test_what_reading_gives_now_is_kept() -> None:
    held = at_hand(HeldSource("a", b"1"))
    assert (held.name, held.read()) == ("a", b"1")
    broken = pickle.loads(pickle.dumps(at_hand(Locked("b"))))  # noqa: S301 - made here
    assert broken == BrokenSource("b", "It is locked. Unlock it.")
    with pytest.raises(SourceError, match=r"It is locked\. Unlock it\."):
        broken.read()
