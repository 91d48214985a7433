"""The baseline of a gate: failures that were there when it was made, as a JSON file that a team keeps with its code."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from scanner.documents import no_file
from scanner.errors import ContentError
from scanner.model import Baseline, JsonValue, KnownFailure, RuleId
from scanner.model.json_values import as_object, as_objects, as_text, as_texts
from scanner.schemas import misfit

NAME = "trailwitness/baseline/v1"
MOST_BYTES = 64 * 1024 * 1024
"""Largest baseline that is read: some 300,000 failures."""

_HINT = "Write it anew with `trailwitness baseline create`."


def read_baseline(path: Path) -> tuple[Baseline, str]:
    """The baseline of a file, and its text. Raises ContentError."""
    text = _text(path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContentError(
            (f"{path}:1:1: this is not a baseline, because it is not JSON: {error}. {_HINT}",)
        ) from error
    if wrong := misfit(value, "baseline"):
        raise ContentError((f"{path}:1:1: this is not a baseline: {wrong}. {_HINT}",))
    members = as_object(value)
    known = frozenset(map(_failure, as_objects(members["failures"])))
    return Baseline(as_texts(members["accounts"]), as_text(members["made"]), known), text


def _failure(raw: Mapping[str, JsonValue]) -> KnownFailure:
    return KnownFailure(
        rule=RuleId(as_text(raw["rule"])),
        account=as_text(raw["account"]),
        region=as_text(raw["region"]),
        resource=as_text(raw["resource"]),
    )


def baseline_text(accounts: Iterable[str], made: str, failures: Iterable[KnownFailure]) -> str:
    """The text of a baseline; the same failures give the same bytes, one line for each, for a readable difference."""
    known = sorted({(item.account, item.rule, item.region, item.resource) for item in failures})
    lines = [
        json.dumps({"account": account, "rule": rule, "region": region, "resource": resource}, ensure_ascii=False)
        for account, rule, region, resource in known
    ]
    head = json.dumps({"schema": NAME, "accounts": sorted(accounts), "made": made}, ensure_ascii=False)[:-1]
    body = ",\n  ".join(lines)
    return f'{head},\n "failures": [\n  {body}\n]}}\n' if lines else f'{head},\n "failures": []}}\n'


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise ContentError((f"{path}:1:1: {no_file(path)}",))
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ContentError((f"{path}:1:1: the file cannot be read: {error.strerror}",)) from error
    if len(content) > MOST_BYTES:
        raise ContentError((f"{path}:1:1: the file is larger than {MOST_BYTES // (1024 * 1024)} MiB",))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContentError((f"{path}:1:1: the file is not UTF-8 text",)) from error
