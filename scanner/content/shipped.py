"""Where content lives: the shipped rules and frameworks, and folders users bring."""

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from scanner.errors import ContentError, UsageError
from scanner.files.folders import require_folder
from scanner.model import Rule

MAX_DEPTH = 64
"""How deep folders of users' files may be nested: far deeper than anybody lays out rules."""


def shipped(room: str) -> Path:
    """The folder of shipped ``rules`` or ``frameworks``.

    An installation holds them as ``scanner/_content/<room>``. In a checkout it is ``<room>`` beside
    ``pyproject.toml``; without that file beside it a folder of this name belongs to someone else. Raises
    ContentError when there is neither.
    """
    package = Path(str(files("scanner")))
    installed = package / "_content" / room
    if installed.is_dir():
        return installed
    checkout = package.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / room).is_dir():
        return checkout / room
    raise ContentError((f"{installed}: the shipped {room} are missing from this installation.",), "Install it again.")


def is_shipped(rule: Rule) -> bool:
    """Whether a rule is a shipped one, word for word."""
    path = shipped("rules") / rule.path
    return path.is_file() and path.read_text(encoding="utf-8") == rule.text


def content_files(folder: Path, ending: str = ".yaml", *, but: tuple[str, ...] = ()) -> tuple[Path, ...]:
    """Every file below ``folder`` whose name ends with ``ending`` and with none of ``but``, by relative path.

    Names that begin with ``_`` or ``.`` are passed over (shared cases, editors' files), as are folders so named.
    Raises ContentError for what ``listed_files`` finds wrong, and UsageError when ``folder`` is not a folder.
    """
    files, problems = listed_files(folder, ending, but=but)
    if problems:
        raise ContentError(problems)
    return files


def below(folder: Path) -> Iterator[Path]:
    """Everything below a folder, folders too, in no order; links to folders are not followed.

    Raises UsageError for a folder that cannot be listed, or one that lies more than ``MAX_DEPTH`` folders deep.
    """
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise UsageError(
                f"{folder} holds folders that are nested more than {MAX_DEPTH} deep.", "Name the folder of the files."
            )
        try:
            with os.scandir(here) as entries:
                found = list(entries)
        except OSError as error:
            raise UsageError(f"The folder {here} cannot be listed: {error.strerror}.") from error
        for entry in found:
            path = here / entry.name
            yield path
            if entry.is_dir(follow_symlinks=False):
                waiting.append((path, depth + 1))


def listed_files(
    folder: Path, ending: str = ".yaml", *, but: tuple[str, ...] = ()
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files of ``content_files``, and what is wrong with the others as ``file:line:column: sentence``.

    Links that lead outside the folder are errors, and so are files named ``.yml`` or in capitals, because passing over
    them would look like having judged them. Raises UsageError when ``folder`` is not a folder, and for what ``below``
    refuses.
    """
    require_folder(folder, "Name a folder that holds YAML files.")
    root = folder.resolve()
    found: list[tuple[str, Path]] = []
    problems: list[str] = []
    for path in below(folder):
        relative = path.relative_to(folder)
        if any(part.startswith((".", "_")) for part in relative.parts):
            continue
        is_wanted = path.name.endswith(ending) and not path.name.endswith(but or ("\0",))
        if problem := _misplaced(path, root, is_wanted=is_wanted):
            problems.append(f"{path}:1:1: {problem}")
        elif is_wanted and not path.is_dir():
            found.append((relative.as_posix(), path))
    return tuple(path for _, path in sorted(found)), tuple(sorted(problems))


def _misplaced(path: Path, root: Path, *, is_wanted: bool) -> str:
    """Why something below a folder cannot be passed over nor read; "" when it can."""
    if path.is_dir():
        return "links to folders are not followed; name the folder itself" if path.is_symlink() else ""
    if path.suffix.lower() in {".yml", ".yaml"} and path.suffix != ".yaml":
        return "the name must end with .yaml, in small letters"
    if is_wanted and not path.resolve().is_relative_to(root):
        return "this link leads outside the folder"
    return ""
