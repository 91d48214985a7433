"""Names, in words, where two assessment documents of the same evidence differ."""

import json
from collections.abc import Callable, Mapping, Sequence

from reports.characters import visible
from reports.document.reading import read_document
from scanner.errors import SnapshotError
from scanner.model import JsonValue
from scanner.model.json_values import as_object, as_objects

_FINDING_FACTS = ("outcome", "severity", "reason", "title", "links", "witness", "details", "evidence", "pointers")

Entry = Mapping[str, JsonValue]


def diff_documents(expected: bytes, actual: bytes) -> list[str]:
    """One sentence for each difference between the ``expected`` document (the bundle's) and the ``actual`` one.

    ``actual`` is what judging the same evidence again gave. Empty exactly when the bytes are equal. A document
    that cannot be read is one difference, not an error: a sealed assessment that is not JSON is tampering.
    """
    if expected == actual:
        return []
    documents = []
    for name, data in (("the bundle", expected), ("the assessment made again", actual)):
        try:
            documents.append(read_document(data))
        except SnapshotError as error:
            return [f"The assessment of {name} cannot be read: {error.message}"]
    differences = _differences(*documents)
    return differences or ["The two assessments hold the same values in different bytes (layout or key order)."]


def _differences(expected: Entry, actual: Entry) -> list[str]:
    lines = _entries(
        "Finding", as_objects(expected["findings"]), as_objects(actual["findings"]), _finding_name, _FINDING_FACTS
    )
    lines += _entries("Control", as_objects(expected["controls"]), as_objects(actual["controls"]), _control_name, ())
    lines += _entries("Gap", as_objects(expected["gaps"]), as_objects(actual["gaps"]), _gap_name, ())
    lines += _entries("Rule", as_objects(expected["rules"]), as_objects(actual["rules"]), _id, ())
    lines += _entries("Evidence", as_objects(expected["evidence"]), as_objects(actual["evidence"]), _id, ())
    before, after = (_log_sources(document) for document in (expected, actual))
    lines += _entries("Log source", before, after, _log_name, ())
    apart = {"sources"} if before or after else set()
    for part in ("run", "summary"):
        lines += _members(part, _without(as_object(expected[part]), apart), _without(as_object(actual[part]), apart))
    known = {"findings", "controls", "gaps", "rules", "evidence", "run", "summary"}
    for name in sorted((set(expected) | set(actual)) - known):
        lines += _members("the document", {name: expected.get(name)}, {name: actual.get(name)})
    return lines


def _entries(
    kind: str,
    expected: Sequence[Entry],
    actual: Sequence[Entry],
    name: Callable[[Entry], str],
    facts: Sequence[str],
) -> list[str]:
    """Differences between two lists of entries that are told apart by ``name``; ``facts`` come first."""
    before, after = _named(expected, name), _named(actual, name)
    lines = []
    for key, entry in before.items():
        if key not in after:
            lines.append(f"{kind} {visible(key)}: is in the bundle, and judging again does not give it.")
            continue
        other = after[key]
        rest = sorted((set(entry) | set(other)) - set(facts))
        changed = [fact for fact in (*facts, *rest) if _text(entry, fact) != _text(other, fact)]
        lines += [
            f"{kind} {visible(key)}: {fact} is {_text(entry, fact)} in the bundle, {_text(other, fact)} judged again."
            for fact in changed
        ]
    lines += [
        f"{kind} {visible(key)}: judging again gives it, and it is missing from the bundle."
        for key in after
        if key not in before
    ]
    if not lines and list(before) != list(after):
        lines.append(f"{kind} entries are in another order.")
    return lines


def _named(entries: Sequence[Entry], name: Callable[[Entry], str]) -> dict[str, Entry]:
    named: dict[str, Entry] = {}
    for entry in entries:
        label, number = name(entry), 2
        key = label
        while key in named:
            key, number = f"{label} ({number})", number + 1
        named[key] = entry
    return named


def _members(part: str, expected: Entry, actual: Entry, above: str = "") -> list[str]:
    """Members that differ, those of objects on both sides one by one: ``parameters`` alone would be a page of text."""
    lines = []
    for name in sorted(set(expected) | set(actual)):
        before, after = expected.get(name), actual.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            lines += _members(part, before, after, f"{above}{name}.")
        elif _text(expected, name) != _text(actual, name):
            lines.append(
                f"In {part}, {visible(above + name)} is {_text(expected, name)} in the bundle, "
                f"{_text(actual, name)} judged again."
            )
    return lines


def _text(entry: Entry, name: str) -> str:
    # Compared as JSON text, for Python holds True == 1 == 1.0 and JSON does not.
    if name not in entry:
        return "absent"
    return visible(json.dumps(entry[name], sort_keys=True, ensure_ascii=False))


def _finding_name(entry: Entry) -> str:
    return f"{entry.get('rule')} on {entry.get('resource')} in {entry.get('account')}/{entry.get('region')}"


def _control_name(entry: Entry) -> str:
    return f"{entry.get('framework')} {entry.get('id')}"


def _gap_name(entry: Entry) -> str:
    arguments = json.dumps(entry.get("arguments"), sort_keys=True, ensure_ascii=False)
    place = f" at {entry['pointer']}" if entry.get("pointer") else ""
    return f"{entry.get('operation')}{arguments} in {entry.get('account')}/{entry.get('region')}{place}"


def _log_sources(document: Entry) -> Sequence[Entry]:
    """The lines of the logs that were read; there are none in an assessment over a snapshot."""
    lines = as_object(document["run"]).get("sources")
    try:
        return as_objects(lines)
    except TypeError:
        return ()


def _without(entry: Entry, names: set[str]) -> Entry:
    return {name: value for name, value in entry.items() if name not in names}


def _log_name(entry: Entry) -> str:
    return f"{entry.get('evidence')} {entry.get('source')}"


def _id(entry: Entry) -> str:
    return str(entry.get("id"))
