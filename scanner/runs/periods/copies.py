"""The copies of buckets that a period is assessed from: of the one that the trail delivers to now, and those before.

In a bundle the first lies below ``period/copy/`` and the others below ``period/before/0001/`` and so on, the bucket
that the trail delivered to last before the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError
from scanner.runs.periods.inputs import Inputs

if TYPE_CHECKING:
    from scanner.files.log_source import LogSource

COPY, BEFORE = "period/copy/", "period/before/"
"""Where the copies lie in a bundle, below ``data/``."""

_PERIOD = "period/"
_NAMED = BEFORE.removeprefix(_PERIOD)


@dataclass(frozen=True, slots=True)
class _Before:
    """A log file of a bucket before, by a name that tells it from those of the first copy."""

    name: str
    source: "LogSource"

    def read(self) -> bytes:
        """Its bytes."""
        return self.source.read()


def copied_sources(inputs: Inputs) -> "tuple[list[LogSource], list[tuple[str, str]]]":
    """The log files of all copies by name, and what was passed over, each with why."""
    from scanner.log_sources.kinds.files import local_sources

    passed_over: list[tuple[str, str]] = []
    found: list[LogSource] = []
    if inputs.logs is not None:
        found += local_sources([str(inputs.logs)], lambda name, why: passed_over.append((name, why)))
    for number, folder in enumerate(inputs.before, start=1):
        named = f"{_NAMED}{number:04d}/"
        for source in local_sources([str(folder)], lambda name, why: passed_over.append((name, why))):
            found.append(_Before(f"{named}{source.name}", source))
    return sorted(found, key=lambda source: source.name), passed_over


def place_of(source: str) -> str:
    """Where a log file lies in a bundle, by its name."""
    return f"{_PERIOD}{source}" if source.startswith(_NAMED) else f"{COPY}{source}"


def log_paths(inputs: Inputs) -> Iterator[tuple[Path, Path]]:
    """Every packed file of the copies, each with the folder of its copy."""
    for root in filter(None, (inputs.logs, *inputs.before)):
        for path in sorted(root.rglob("*.json.gz")):
            yield root, path


def copied_files(inputs: Inputs) -> Iterator[tuple[str, Path]]:
    """Every file of the copies by its name in a bundle."""
    roots = [(COPY, inputs.logs)] if inputs.logs is not None else []
    roots += [(f"{BEFORE}{number:04d}/", folder) for number, folder in enumerate(inputs.before, start=1)]
    for place, root in roots:
        for path in sorted(each for each in root.rglob("*") if each.is_file() and not each.is_symlink()):
            yield f"{place}{path.relative_to(root).as_posix()}", path


def check_copies(inputs: Inputs) -> None:
    """Refuse a copy whose files would be named as those of a bucket before. Raises UsageError."""
    if inputs.before and inputs.logs is not None and (inputs.logs / _NAMED).exists():
        raise UsageError(
            f"{inputs.logs} holds a folder {_NAMED.rstrip('/')}, and another bucket is named with --logs-before.",
            "Name a folder that holds one bucket as it is.",
        )
