"""Folders and files that a run writes under hidden names until they are whole, and what killed runs left of them.

A run holds a lock on each (flock(2)) as long as it lives. What has such a name, belongs to the same user and is not
locked was left behind by a run that was killed: the next one removes it. Where there are no such locks (Windows),
nothing is removed.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl

    _LOCKS = True
except ImportError:  # Windows
    _LOCKS = False

_MARK = "unfinished-"
_WORKPLACE = f".trailwitness-{_MARK}"
"""Beginnings of names that nobody chooses by chance: what has them may be removed."""
_UNIQUE = re.compile(r"[a-z0-9_]{8}")
_PATIENCE = 2.0
_PAUSE = 0.01


@contextmanager
def unfinished_folder(target: Path) -> Iterator[Path]:
    """A private folder beside ``target``, to be renamed to it; what is still there at the end is removed.

    Raises OSError, of ``target``, when none can be made there.
    """
    with _folder(target.parent, _beside(target), target) as folder:
        yield folder


@contextmanager
def workplace() -> Iterator[Path]:
    """A private folder among the temporary files of the machine, removed at the end. Raises OSError."""
    place = Path(tempfile.gettempdir())
    with _folder(place, _WORKPLACE, place) as folder:
        # The run holds the lock of that folder itself: what is made in it would wait for its own lock.
        inside = folder / "work"
        inside.mkdir(mode=0o700)
        yield inside


@contextmanager
def unfinished_file(target: Path) -> Iterator[tuple[int, Path]]:
    """A private file beside ``target``, as (open descriptor, path), to be renamed to it; removed at the end otherwise.

    Whoever takes the descriptor closes it. Raises OSError, of ``target``, when none can be made there.
    """
    with _guarded(target.parent), _of(target):
        descriptor, name = tempfile.mkstemp(prefix=_beside(target), dir=target.parent)
        held = _locked(Path(name))
    try:
        yield descriptor, Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink()
        _let_go(held)


def clear(target: Path | None = None) -> list[Path]:
    """Remove what killed runs left beside ``target``, or without one among the temporary files; what was removed."""
    folder, prefix = (Path(tempfile.gettempdir()), _WORKPLACE) if target is None else (target.parent, _beside(target))
    removed: list[Path] = []
    if not (_LOCKS and folder.is_dir()):
        return removed
    with suppress(OSError), _guarded(folder), os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            ours = entry.name.startswith(prefix) and _UNIQUE.fullmatch(entry.name.removeprefix(prefix))
            if ours and not entry.is_symlink() and entry.stat().st_uid == os.getuid():
                held = _locked(Path(entry.path))
                if held is not None:
                    _remove(Path(entry.path))
                    removed.append(Path(entry.path))
                    _let_go(held)
    return removed


def _beside(target: Path) -> str:
    return f".{target.name}.{_MARK}"


@contextmanager
def _folder(parent: Path, prefix: str, named: Path) -> Iterator[Path]:
    with _guarded(parent), _of(named):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        held = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _let_go(held)


@contextmanager
def _of(named: Path) -> Iterator[None]:
    """An OSError is about the path that somebody gave, not about a hidden name beside it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(named)) from error


@contextmanager
def _guarded(parent: Path) -> Iterator[None]:
    """No other run looks for leftovers between the making of something and its lock; waited for briefly."""
    held = None
    until = time.monotonic() + _PATIENCE
    while _LOCKS and held is None and time.monotonic() < until:
        held = _locked(parent)
        if held is None:
            time.sleep(_PAUSE)
    try:
        yield
    finally:
        _let_go(held)


def _locked(path: Path) -> int | None:
    """A descriptor that holds the lock of a folder or file; None when another run has it, or there are no locks."""
    if not _LOCKS:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _let_go(held: int | None) -> None:
    if held is not None:
        os.close(held)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
