"""What is wrong with an installation whose packages are not all found where they belong, in one sentence."""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import TracebackType

HOME = Path(__file__).absolute().parent.parent
"""The folder in which ``trailwitness`` lies, and its packages beside it."""


class ForeignPackageError(ImportError):
    """Another package is found under the name of one of Trailwitness's.

    Where nothing catches it, the process says its sentence without a traceback and exits with 2, as for every other
    error that the user can act on.
    """


def refuse_foreign_packages(packages: Sequence[str], mark: bytes) -> None:
    """Raise ForeignPackageError when importing one of the packages would not give Trailwitness's own.

    ``mark`` is what the first module of each of ours names.

    `python -m` puts the working folder first on ``sys.path``; nothing of Trailwitness is meant to come from there, so
    where that folder hides one of the packages, it is taken off the path.
    """
    if not HOME.is_dir():
        return  # inside an archive nothing can be written over
    if sys.argv[:1] == ["-m"] and sys.path and any(_is_hidden(name) for name in packages):
        _leave_working_folder()
    for name in packages:
        problem = _problem(name, mark)
        if problem:
            _say_without_traceback()
            raise ForeignPackageError(problem, name=name)


def _leave_working_folder() -> None:
    """Take the folder that `python -m` puts first off the path, unless Trailwitness itself lies there."""
    if _same(Path(sys.path[0]), Path.cwd()) and not _same(Path.cwd(), HOME):
        del sys.path[0]
        importlib.invalidate_caches()


def _is_hidden(name: str) -> bool:
    place = _place(_spec(name))
    return place is not None and not _same(place, HOME / name)


def _problem(name: str, mark: bytes) -> str:
    """What is wrong with a package, in one sentence ("" when it is ours)."""
    place = _place(_spec(name))
    own = HOME / name
    if place is None:
        return f"Trailwitness cannot run: its package {name!r} is missing from {HOME}; {_REPAIR}."
    if not _same(place, own):
        return (
            f"Trailwitness cannot run: Python finds another package named {name!r} at {place} before its own at {own}; "
            f"take {place.parent} off PYTHONPATH and sys.path, or run from another folder."
        )
    first = own / "__init__.py"
    if first.is_file() and mark in first.read_bytes():
        return ""
    return (
        f"Trailwitness cannot run: its package {name!r} at {own} is not its own: another distribution was "
        f"installed over it, or removed with it; {_REPAIR}."
    )


_REPAIR = "install Trailwitness again, in a virtual environment of its own"


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _spec(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except ValueError:  # a module of that name is loaded and does not say where from
        return None


def _place(spec: ModuleSpec | None) -> Path | None:
    """The folder of a package, the file of a module; None when nothing is found."""
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(spec.origin) if spec.origin else None


def _say_without_traceback() -> None:
    """Let the interpreter end with the sentence alone and exit code 2 when nothing catches the error."""
    before = sys.excepthook

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, ForeignPackageError):
            sys.stderr.write(f"{error}\n")
            sys.exit(2)
        before(kind, error, trace)

    sys.excepthook = say
