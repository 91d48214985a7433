"""A snapshot written again with pseudonyms in place of chosen values."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from scanner.errors import UsageError
from scanner.model import CallKey
from scanner.redaction.choosing import Choice, chosen
from scanner.redaction.gathering import Values
from scanner.redaction.replacing import Replacement
from scanner.redaction.secrets import credential, refuse_credentials
from scanner.snapshot.answers import Call
from scanner.snapshot.call_lines import CALLS, call_line
from scanner.snapshot.raw_json import digest, document, line, raw_file
from scanner.snapshot.run_json import REDACTED, RUN, redacted_in


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a snapshot holds: its ``run.json``, its calls, and how the raw file of one is read."""

    run: Mapping[str, Any]
    calls: tuple[Call, ...]
    read: Callable[[str], bytes]

    def answer(self, call: Call) -> Any:
        """The raw answer of a call that has one."""
        return json.loads(self.read(call.file))


def replacement(recorded: Recorded, choices: tuple[Choice, ...], key: bytes) -> tuple[Replacement, Mapping[str, int]]:
    """What replaces the chosen values, and how many different ones each rule chose.

    Raises UsageError for a rule that chooses something else than text.
    """
    values = Values(choices)
    for call in recorded.calls:
        if call.file:
            values.add(chosen(choices, call.operation, recorded.answer(call)))
    return values.replacement(key), values.counts


def write_redacted(recorded: Recorded, replacing: Replacement, counts: Mapping[str, int], target: Path) -> None:
    """Write the snapshot into the new folder ``target`` with the values replaced, and their counts in ``run.json``.

    Raises UsageError when a value is left at a place where it cannot be replaced, and when something that looks like a
    credential would be written.
    """
    target.mkdir(mode=0o700)
    calls = sorted((_redacted(recorded, call, replacing, target) for call in recorded.calls), key=attrgetter("key"))
    lines = [call_line(call) for call in calls]
    _write(target / CALLS, b"".join(map(line, _checked(CALLS, lines, replacing))))
    before = redacted_in(recorded.run)
    told = {name: counts.get(name, 0) + before.get(name, 0) for name in sorted({*counts, *before})}
    run = {**replacing.data(dict(recorded.run)), REDACTED: told}
    _write(target / RUN, document(_checked(RUN, run, replacing)))


def _redacted(recorded: Recorded, call: Call, replacing: Replacement, target: Path) -> Call:
    key = CallKey(call.account, call.region, call.operation, replacing.data(call.key.arguments))
    error = None if call.error is None else replace(call.error, message=replacing.text(call.error.message))
    if not call.file:
        return replace(call, key=key, error=error)
    name = raw_file(key)
    content = document(_checked(name, replacing.data(recorded.answer(call)), replacing))
    path = target / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, content)
    return replace(call, key=key, error=error, file=name, sha256=digest(content), bytes=len(content))


def _checked(name: str, value: Any, replacing: Replacement) -> Any:
    if replacing.left(value):
        raise UsageError(
            f"{name} would still hold a value that is to be replaced, in the name of a member or inside a word.",
            "Nothing was written. Choose another value, or leave the rule out.",
        )
    refuse_credentials(name, credential(value))
    return value


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
