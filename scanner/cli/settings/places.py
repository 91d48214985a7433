"""Where the configuration file is: every command that reads one looks, so nothing heavy is imported here."""

from collections.abc import Iterator
from pathlib import Path

from scanner.errors import UsageError

YAML = ".trailwitness.yaml"
TOML = "pyproject.toml"
_MISTAKEN = (".trailwitness.yml", ".trailwitness.toml", ".trailwitness.json")
"""Names that somebody may give the file, and that would be passed over without a word."""

_BLANKS = b" \t\"'"


def find_file(start: Path) -> Path | None:
    """The nearest configuration file, from a folder upwards; None when there is none.

    The last folder that is looked in is the root of the repository (it holds ``.git``) or, outside of one, the home
    directory; outside of both it is ``start`` alone, because a folder above may be anybody's. Raises UsageError for two
    files in one folder, and for a name that is nearly right.
    """
    for folder in _folders(start.absolute()):
        if (found := _in_folder(folder)) is not None:
            return found
    return None


def _folders(start: Path) -> Iterator[Path]:
    upwards = (start, *start.parents)
    root = next((folder for folder in upwards if (folder / ".git").exists()), None)
    last = root or next((folder for folder in upwards if folder == _home()), start)
    return iter(upwards[: upwards.index(last) + 1])


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # no variable and no entry of this user
        return None


def _in_folder(folder: Path) -> Path | None:
    for name in _MISTAKEN:
        if (folder / name).exists():
            raise UsageError(f"{folder / name} is not read.", f"The configuration file is called {YAML}.")
    own, shared = folder / YAML, folder / TOML
    has_own, has_table = own.is_file(), shared.is_file() and may_hold_table(shared.read_bytes())
    if has_own and has_table:
        raise UsageError(
            f"{folder} has two configurations: {YAML}, and [tool.trailwitness] in {TOML}.", "Keep one of them."
        )
    return own if has_own else shared if has_table else None


def may_hold_table(content: bytes) -> bool:
    """Whether a ``pyproject.toml`` may have a table ``tool.trailwitness``; parsing each would cost every start."""
    if b"trailwitness" not in content:
        return False
    plain = content.translate(None, _BLANKS)
    return any(mark in plain for mark in (b"tool.trailwitness", b"[tool]", b"\ntool={"))
