"""Which file a case file's ``base`` names: one of its own rules folder, or one that comes with Trailwitness."""

from pathlib import Path

from scanner.content.shipped import shipped
from scanner.documents import Document
from scanner.errors import ContentError
from scanner.model.json_values import as_object, as_text
from scanner.wording import did_you_mean, shown

SHIPPED = "shipped/"
"""How a base begins that comes with Trailwitness: ``shipped/_sound-account.calls.yaml``."""


def base_file(document: Document, path: Path, root: Path, ending: str) -> tuple[Path, Path] | None:
    """The file that ``base`` of a document at ``path`` names, and the folder it must lie in; None without one.

    The file lies inside the rules folder ``root``, or among the shipped rules, so that cases of unknown origin read
    nothing else. Raises ContentError when it does not, or when there is no such file.
    """
    written = as_object(document.value).get("base")
    if written is None:
        return None
    name = as_text(written).strip()
    if name.startswith(SHIPPED):
        root = shipped("rules").resolve()
        target = (root / name.removeprefix(SHIPPED)).resolve()
    else:
        root = root.resolve()
        target = (path.parent / name).resolve()
    # Both ends are resolved: neither ``..`` nor a link leads out of the folder.
    if not target.is_relative_to(root):
        raise ContentError((document.problem(("base",), "the base leads outside the rules folder"),))
    if not target.is_file() or not target.name.endswith(ending):
        near = did_you_mean(target.name, [file.name for file in target.parent.glob(f"*{ending}")])
        hint = near or _offered(ending)
        raise ContentError((document.problem(("base",), f"there is no file {shown(name)} of {_kind(ending)}.{hint}"),))
    return target, root


def _kind(ending: str) -> str:
    return ending.split(".")[1]


def _offered(ending: str) -> str:
    root = shipped("rules")
    names = sorted(f"{SHIPPED}{file.relative_to(root).as_posix()}" for file in root.rglob(f"_*{ending}"))
    return f" These come with Trailwitness: {', '.join(names)}." if names else ""
