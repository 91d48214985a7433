"""Folders that users name."""

from pathlib import Path

from scanner.errors import UsageError


def require_folder(path: Path, hint: str) -> None:
    """UsageError with ``hint``, what to name instead, unless ``path`` is a folder."""
    if not path.is_dir():
        raise UsageError(f"{path} is not a folder." if path.exists() else f"There is no folder {path}.", hint)
