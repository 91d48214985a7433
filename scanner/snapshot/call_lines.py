"""``calls.jsonl``: one line per recorded call."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner.errors import SnapshotError
from scanner.model import CallKey, GapKind
from scanner.snapshot.answers import ABSENT, Call, CallError
from scanner.snapshot.call_index import CallIndex
from scanner.snapshot.partly import UnknownPlace
from scanner.snapshot.raw_json import raw_file
from scanner.snapshot.strict_json import TAMPERED, WRITTEN_WRONG, is_texts, is_texts_by_name, is_time, strict_json

CALLS = "calls.jsonl"

_OPERATION = re.compile(r"[a-z][a-z0-9-]*\.[A-Z][A-Za-z0-9]*")
_TEXTS = ("account", "region", "operation", "started", "date", "file", "sha256")
_COUNTS = ("pages", "items", "bytes")


def call_line(call: Call) -> dict[str, Any]:
    """A call as a line of ``calls.jsonl``."""
    error = call.error
    return {
        "account": call.account,
        "region": call.region,
        "operation": call.operation,
        "arguments": call.arguments,
        "started": call.started,
        "date": call.date,
        "request_ids": list(call.request_ids),
        "pages": call.pages,
        "items": call.items,
        "file": call.file,
        "sha256": call.sha256,
        "bytes": call.bytes,
        "error": None if error is None else {"kind": error.kind, "code": error.code, "message": error.message},
        **({"unknown": [_mark_line(mark) for mark in call.unknown]} if call.unknown else {}),
    }


def _mark_line(mark: UnknownPlace) -> dict[str, str]:
    return {"pointer": mark.pointer, "reason": mark.reason}


def read_calls(content: bytes, label: str) -> CallIndex[Call]:
    """The calls of ``content``, the ``calls.jsonl`` of what ``label`` names; SnapshotError at the first mistake."""
    return read_pieces((content,), label)


def read_pieces(pieces: Iterable[bytes], label: str) -> CallIndex[Call]:
    """The same of the content in pieces, which is never held whole."""
    calls: CallIndex[Call] = CallIndex()
    for number, text in enumerate(_lines(pieces), start=1):
        if not text.strip():
            continue
        where = f"{CALLS}:{number} of {label}"
        entry = strict_json(text, where)
        if problem := _problem(entry):
            raise SnapshotError(f"{where} {problem}.", WRITTEN_WRONG)
        call = _call(entry)
        if not calls.add(call):
            raise SnapshotError(f"{where} repeats the call {call.key}.", TAMPERED)
    return calls


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    yield rest


def _key(entry: Mapping[str, Any]) -> CallKey:
    return CallKey(entry["account"], entry["region"], entry["operation"], entry["arguments"])


def _call(entry: Mapping[str, Any]) -> Call:
    error = entry.get("error")
    return Call(
        key=_key(entry),
        started=entry["started"],
        date=entry["date"],
        request_ids=tuple(entry["request_ids"]),
        pages=entry["pages"],
        items=entry["items"],
        file=entry["file"],
        sha256=entry["sha256"],
        bytes=entry["bytes"],
        error=None if error is None else _error(error),
        unknown=tuple(UnknownPlace(item["pointer"], item["reason"]) for item in entry.get("unknown", ())),
    )


def _error(entry: Mapping[str, str]) -> CallError:
    if entry["kind"] == ABSENT:
        return CallError(ABSENT, entry["code"], entry["message"])
    return CallError(GapKind(entry["kind"]), entry["code"], entry["message"])


# What is wrong with a line, as the end of a sentence; "" when nothing is. Later steps rest on those before them.


def _problem(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "is not a JSON object"
    for step in (_texts, _numbers, _asked, _refused, _file, _unknown):
        if problem := step(entry):
            return problem
    return ""


def _texts(entry: Mapping[str, Any]) -> str:
    for name in _TEXTS:
        if not isinstance(entry.get(name), str):
            return f"has no text under {name!r}"
    return "" if is_time(entry["started"]) else "has no time under 'started'"


def _numbers(entry: Mapping[str, Any]) -> str:
    for name in _COUNTS:
        if type(entry.get(name)) is not int or entry[name] < 0:
            return f"has no count under {name!r}"
    return ""


def _asked(entry: Mapping[str, Any]) -> str:
    if not isinstance(entry.get("arguments"), dict):
        return "has no object under 'arguments'"
    if not is_texts(entry.get("request_ids")):
        return "has no list of texts under 'request_ids'"
    if not _OPERATION.fullmatch(entry["operation"]):
        return f"names the operation {entry['operation']!r}, which is not of the form service.Operation"
    return ""


def _refused(entry: Mapping[str, Any]) -> str:
    error = entry.get("error")
    if error is None:
        return ""
    if not isinstance(error, dict) or not all(isinstance(error.get(name), str) for name in ("kind", "code", "message")):
        return "has no kind, code and message under 'error'"
    if error["kind"] not in {ABSENT, *GapKind}:
        return f"has an error of the unknown kind {error['kind']!r}"
    return ""


def _file(entry: Mapping[str, Any]) -> str:
    """Names of files are never taken from a snapshot: they must be those that the call itself gives."""
    due = "" if entry.get("error") else raw_file(_key(entry))
    if entry["file"] == due:
        return ""
    return f"names the file {entry['file']!r} where {repr(due) if due else 'none'} is due"


def _unknown(entry: Mapping[str, Any]) -> str:
    marks = entry.get("unknown", [])
    if not isinstance(marks, list) or not all(_is_mark(mark) for mark in marks):
        return "has no list of objects of a pointer and a reason under 'unknown'"
    pointers = [mark["pointer"] for mark in marks]
    if len(set(pointers)) < len(pointers):
        return "marks a place twice under 'unknown'"
    return "marks places under 'unknown' of an answer that was not given" if marks and entry.get("error") else ""


def _is_mark(value: Any) -> bool:
    """Whether a value is a mark; an empty reason would leave a finding without one."""
    return is_texts_by_name(value) and set(value) == {"pointer", "reason"} and bool(value["reason"].strip())
