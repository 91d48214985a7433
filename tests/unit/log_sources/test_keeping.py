"""Sources that keep what is read of them: the very bytes, for their owner alone, and never more than is judged."""

import pickle
import stat
from pathlib import Path

import pytest

from scanner.errors import SourceError
from scanner.files.log_source import BrokenSource, HeldSource
from scanner.log_sources import keeping as log_keeping
from scanner.log_sources.keeping import KeepingError, KeptSource
from scanner.log_sources.kinds.files import FileSource


def test_the_bytes_that_were_read_are_kept(tmp_path: Path) -> None:
    kept = KeptSource(HeldSource("a", b"first"), tmp_path / "0")
    assert (kept.name, kept.read()) == ("a", b"first")
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert not kept.is_longer()
    assert b"".join(kept.hand_over()) == b"first"
    assert not list(tmp_path.iterdir())


def test_the_last_reading_counts(tmp_path: Path) -> None:
    path = tmp_path / "log"
    kept = KeptSource(FileSource("log", path, 100), tmp_path / "0")
    for content in (b"a longer first one", b"second", b""):
        path.write_bytes(content)
        assert kept.read() == content
        assert kept.path.read_bytes() == content


def test_what_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    kept = KeptSource(BrokenSource("a", "refused"), tmp_path / "0")
    with pytest.raises(SourceError, match="refused"):
        kept.read()
    assert not kept.is_longer()
    assert not list(tmp_path.iterdir())


def test_a_copy_that_cannot_be_written_is_not_the_source_s_fault(tmp_path: Path) -> None:
    with pytest.raises(KeepingError, match="a was read and cannot be kept: No such file"):
        KeptSource(HeldSource("a", b"x"), tmp_path / "absent" / "0").read()


def test_a_longer_source_is_handed_over_as_it_was_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_keeping, "SOURCE_LIMIT", 10)
    monkeypatch.setattr(log_keeping, "_CHUNK", 4)
    for size, longer in ((9, False), (10, False), (11, True)):
        kept = KeptSource(HeldSource("a", b"x" * size), tmp_path / "0")
        kept.read()
        assert kept.is_longer() is longer
        assert b"".join(kept.hand_over()) == b"x" * min(size, 10)


def test_it_travels_to_another_process_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x")
    kept = pickle.loads(pickle.dumps(KeptSource(FileSource("log", tmp_path / "log", 100), tmp_path / "0")))  # noqa: S301 - our own
    assert kept.read() == b"x"
    assert kept.path.read_bytes() == b"x"
