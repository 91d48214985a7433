"""Where content lives: the shipped rules and frameworks, and folders users bring."""

from importlib.resources import files
from pathlib import Path

from scanner.errors import ContentError, UsageError

ROOMS = ("rules", "frameworks")


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


def content_files(folder: Path, ending: str = ".yaml", *, but: tuple[str, ...] = ()) -> tuple[Path, ...]:
    """Every file below ``folder`` whose name ends with ``ending`` and with none of ``but``, by relative path.

    Names that begin with ``_`` or ``.`` are passed over (shared cases, editors' files), as are folders so named.
    Raises ContentError for what ``listed_files`` finds wrong, and UsageError when ``folder`` is not a folder.
    """
    files, problems = listed_files(folder, ending, but=but)
    if problems:
        raise ContentError(problems)
    return files


def listed_files(
    folder: Path, ending: str = ".yaml", *, but: tuple[str, ...] = ()
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files of ``content_files``, and what is wrong with the others as ``file:line:column: sentence``.

    Links that lead outside the folder are errors, and so are files named ``.yml`` or in capitals, because
    passing over them would look like having judged them. Raises UsageError when ``folder`` is not a folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", "Name a folder that holds YAML files.")
    root = folder.resolve()
    found: list[tuple[str, Path]] = []
    problems: list[str] = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(part.startswith((".", "_")) for part in relative.parts):
            continue
        if path.is_dir():
            if path.is_symlink():
                problems.append(f"{path}:1:1: links to folders are not followed; name the folder itself")
            continue
        if path.suffix.lower() in {".yml", ".yaml"} and path.suffix != ".yaml":
            problems.append(f"{path}:1:1: the name must end with .yaml, in small letters")
        elif not path.name.endswith(ending) or path.name.endswith(but or ("\0",)):
            continue
        elif not path.resolve().is_relative_to(root):
            problems.append(f"{path}:1:1: this link leads outside the folder")
        else:
            found.append((relative.as_posix(), path))
    return tuple(path for _, path in sorted(found)), tuple(sorted(problems))
