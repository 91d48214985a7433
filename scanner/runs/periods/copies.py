"""The copies of buckets that a period is assessed from: of the one that the trail delivers to now, and those before.

In a bundle the first lies below ``period/copy/`` and the others below ``period/before/0001/`` and so on, the bucket
that the trail delivered to last before the first.
"""

import os
import stat
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
_ZIP = b"PK\x03\x04"
_HINT = "Copy the bucket as it is: `aws s3 sync s3://BUCKET/AWSLogs DIR/AWSLogs`."
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
    """Refuse a copy that is not one of a bucket as it is, of which a bundle could not hold the same.

    Raises UsageError.
    """
    if inputs.logs is None:
        return
    if (inputs.logs / _NAMED).exists():
        raise UsageError(
            f"{inputs.logs} holds a folder {_NAMED.rstrip('/')}, as copies of buckets before are named in a bundle.",
            "Name a folder that holds one bucket as it is.",
        )
    for root in (inputs.logs, *inputs.before):
        if not root.is_dir():
            raise UsageError(f"{root} is not a folder, and a copy of a bucket is one.", _HINT)
        why = next(_foreign(root), "")
        if why:
            raise UsageError(f"{why}.", _HINT)


def _foreign(root: Path) -> Iterator[str]:
    """What a copy of a bucket does not hold, as sentences without a full stop."""
    seen: dict[tuple[int, int], Path] = {}
    for folder, folders, files in os.walk(root, onerror=_cannot_be_listed):
        for name in sorted((*folders, *files)):
            path = Path(folder, name)
            facts = path.lstat()
            if stat.S_ISDIR(facts.st_mode):
                continue
            if not stat.S_ISREG(facts.st_mode):
                yield f"{path} is a link or a device, and a copy of a bucket holds files alone"
            first = seen.setdefault((facts.st_dev, facts.st_ino), path)
            if first is not path:
                yield f"{path} and {first} are one file under two names, and a copy of a bucket holds each by itself"
            if not name.endswith((".json.gz", ".json")) and _is_zip(path):
                yield f"{path} is a zip file, and CloudTrail delivers none"
    if not seen:
        yield f"The folder {root} holds no file"


def _cannot_be_listed(error: OSError) -> None:
    raise UsageError(
        f"The folder {error.filename} cannot be listed: {error.strerror}.", "Let it be read, and run again."
    )


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_ZIP)) == _ZIP
    except OSError:
        return False  # reading it tells why not
