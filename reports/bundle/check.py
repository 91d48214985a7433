"""Checks that an evidence bundle is whole: every file listed, every digest right, nothing added, nothing unsafe.

Stricter than RFC 8493: the tag manifest is required and lists exactly the fixed tag files, there is no fetch.txt, no
unlisted file but those of signatures (``reports.bundle.signatures``), no link and no name that differs from another in
case alone. Whether the verdicts follow from the evidence is checked by judging it again and comparing
(``reports.bundle.differences``).
"""

import hashlib
import json
from collections.abc import Mapping

from reports.bundle.bag import (
    DECLARATION,
    DECLARATION_FILE,
    FETCH_FILE,
    INFO_FILE,
    MANIFEST,
    PAYLOAD,
    TAG_FILES,
    TAG_MANIFEST,
    collisions,
    info_values,
    name_problem,
    parse_manifest,
)
from reports.bundle.readers import BagReader, Problem
from reports.bundle.signatures.places import is_of_signature, place_problems
from reports.characters import visible
from scanner.errors import SnapshotError

_CALLS = f"{PAYLOAD}calls.jsonl"
_RAW = f"{PAYLOAD}raw/"
_SOURCES = f"{PAYLOAD}logs.json"
_LOGS = f"{PAYLOAD}logs/"


def check_bag(reader: BagReader) -> list[Problem]:
    """Everything wrong with a bundle, by file; an empty list means that it is as it was sealed."""
    if not reader.names:
        problems = list(reader.problems)
        return problems or [Problem("", "malformed", "The bundle holds no file.")]
    problems = [*reader.problems, *_name_problems(reader)]
    digests, sizes, unreadable = _digests(reader)
    problems += unreadable
    payload = _listed(reader, digests, MANIFEST, problems)
    tags = _listed(reader, digests, TAG_MANIFEST, problems)
    problems += [*_fixed_files(digests), *place_problems(sizes)]
    problems += _list_problems(payload, tags, digests)
    problems += _compared(payload, tags, digests, {problem.file for problem in unreadable})
    if INFO_FILE in digests and not unreadable:
        problems += _total_problem(reader, sizes)
    if _CALLS in digests:
        problems += _call_problems(reader, digests)
    if _SOURCES in digests:
        problems += _log_problems(reader, digests)
    return sorted(set(problems))


def bag_identity(reader: BagReader) -> str:
    """SHA-256 of the tag manifest: it covers every byte but those of signatures. Write it down elsewhere.

    Raises SnapshotError when the bundle has no tag manifest.
    """
    return hashlib.sha256(reader.read(TAG_MANIFEST)).hexdigest()


def _name_problems(reader: BagReader) -> list[Problem]:
    found = [Problem(name, "unsafe", f"the name {reason}") for name in reader.names if (reason := name_problem(name))]
    found += [
        Problem(second, "unsafe", f"differs from {first} only in case: elsewhere the two are one file")
        for first, second in collisions(reader.names)
    ]
    return found


def _digests(reader: BagReader) -> tuple[dict[str, str], dict[str, int], list[Problem]]:
    digests: dict[str, str] = {}
    sizes: dict[str, int] = {}
    problems = []
    for name in reader.names:
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in reader.chunks(name):
                digest.update(chunk)
                size += len(chunk)
        except SnapshotError as error:
            problems.append(
                Problem(name, "unreadable", f"its bytes cannot be read, so it has changed: {error.message}")
            )
        digests[name], sizes[name] = digest.hexdigest(), size
    return digests, sizes, problems


def _listed(
    reader: BagReader, digests: Mapping[str, str], manifest: str, problems: list[Problem]
) -> dict[str, str] | None:
    if manifest not in digests:
        problems.append(Problem(manifest, "missing", "is missing: nothing says what the bundle held"))
        return None
    try:
        entries, faults = parse_manifest(reader.read(manifest))
    except SnapshotError:
        return None
    problems += [Problem(manifest, "malformed", fault) for fault in faults]
    return entries


def _fixed_files(digests: Mapping[str, str]) -> list[Problem]:
    problems = []
    if FETCH_FILE in digests:
        problems.append(Problem(FETCH_FILE, "unsafe", "asks for files from elsewhere; a bundle holds all of its files"))
    if DECLARATION_FILE in digests and digests[DECLARATION_FILE] != hashlib.sha256(DECLARATION).hexdigest():
        problems.append(Problem(DECLARATION_FILE, "malformed", "does not declare BagIt 1.0 in UTF-8"))
    return problems


def _list_problems(
    payload: Mapping[str, str] | None, tags: Mapping[str, str] | None, digests: Mapping[str, str]
) -> list[Problem]:
    """What the two manifests list, or leave out, against the layout."""
    problems = [
        Problem(MANIFEST, "malformed", f"lists {name}, which is not under {PAYLOAD}")
        for name in payload or ()
        if not name.startswith(PAYLOAD)
    ]
    if payload == {}:
        problems.append(Problem(MANIFEST, "malformed", "lists no file"))
    if tags is not None:
        problems += [
            Problem(TAG_MANIFEST, "malformed", f"does not list {name}") for name in TAG_FILES if name not in tags
        ]
        problems += [
            Problem(TAG_MANIFEST, "malformed", f"lists {name}, which is not a tag file of a bundle")
            for name in tags
            if name not in TAG_FILES
        ]
    problems += [
        Problem(name, "missing", "is missing") for name in TAG_FILES if name not in digests and name not in (tags or {})
    ]
    return problems


def _compared(
    payload: Mapping[str, str] | None, tags: Mapping[str, str] | None, digests: Mapping[str, str], unreadable: set[str]
) -> list[Problem]:
    """Changed, missing, renamed and added files. A missing manifest is told once, not for each file it listed."""
    listed = {name: digest for name, digest in (payload or {}).items() if name.startswith(PAYLOAD)}
    listed |= {name: digest for name, digest in (tags or {}).items() if name in TAG_FILES}
    homes = {digest: name for name, digest in sorted(listed.items(), reverse=True)}
    added = sorted(set(digests) - set(listed) - set(TAG_FILES) - {TAG_MANIFEST, FETCH_FILE})
    added = [name for name in added if not is_of_signature(name)]
    if payload is None:
        added = [name for name in added if not name.startswith(PAYLOAD)]
    problems = []
    for name, digest in sorted(listed.items()):
        if name not in digests:
            twin = next((other for other in added if digests[other] == digest), None)
            if twin is None:
                problems.append(Problem(name, "missing", "is listed and is missing"))
            else:
                added.remove(twin)
                problems.append(Problem(name, "renamed", f"is missing; the same bytes are now at {twin}"))
        elif digests[name] != digest and name not in unreadable:
            home = homes.get(digests[name])
            whose = f"; these are the bytes of {home}" if home else ""
            problems.append(
                Problem(name, "changed", f"has changed: SHA-256 is {digests[name]}, listed is {digest}{whose}")
            )
    return problems + [Problem(name, "added", "was added: no manifest lists it") for name in added]


def _total_problem(reader: BagReader, sizes: Mapping[str, int]) -> list[Problem]:
    payload = [size for name, size in sizes.items() if name.startswith(PAYLOAD)]
    actual = f"{sum(payload)}.{len(payload)}"
    try:
        stated = info_values(reader.read(INFO_FILE), "Payload-Oxum")
    except SnapshotError:
        return []
    if stated == [actual]:
        return []
    told = ", ".join(stated) or "nothing"
    return [Problem(INFO_FILE, "malformed", f"states a Payload-Oxum of {told}; the payload is {actual} (bytes.files)")]


def _call_problems(reader: BagReader, digests: Mapping[str, str]) -> list[Problem]:
    """Raw answers against the digests that were written down when the calls were made, before any bundle."""
    try:
        calls = [json.loads(line) for line in reader.read(_CALLS).splitlines()]
        recorded = {f"{PAYLOAD}{call['file']}": str(call["sha256"]) for call in calls if call["file"]}
    except SnapshotError:
        return []
    except (ValueError, KeyError, TypeError, RecursionError):
        return [Problem(_CALLS, "malformed", "is not one recorded call a line")]
    problems = [
        Problem(name, "changed", f"is not the answer recorded in {_CALLS}, whose SHA-256 is {digest}")
        for name, digest in recorded.items()
        if digests.get(name, digest) != digest
    ]
    problems += [
        Problem(name, "missing", f"is named in {_CALLS} and is missing") for name in recorded if name not in digests
    ]
    problems += [
        Problem(name, "added", f"no call in {_CALLS} gave this answer")
        for name in digests
        if name.startswith(_RAW) and name not in recorded
    ]
    return problems


def _log_problems(reader: BagReader, digests: Mapping[str, str]) -> list[Problem]:
    """Logs against the digests of the bytes that were judged."""
    try:
        sources = json.loads(reader.read(_SOURCES))["sources"]
        recorded = {
            f"{PAYLOAD}{item['file']}": (str(item["sha256"]), visible(str(item["source"])))
            for item in sources
            if item["file"]
        }
    except SnapshotError:
        return []
    except (ValueError, KeyError, TypeError, RecursionError):
        return [Problem(_SOURCES, "malformed", "is not a list of logs under 'sources'")]
    problems = [
        Problem(name, "changed", f"is not the log that was judged, {source}, whose SHA-256 is {digest}")
        for name, (digest, source) in recorded.items()
        if digests.get(name, digest) != digest
    ]
    problems += [
        Problem(name, "missing", f"is missing: the log that was judged as {source}")
        for name, (_, source) in recorded.items()
        if name not in digests
    ]
    problems += [
        Problem(name, "added", f"{_SOURCES} does not name it")
        for name in digests
        if name.startswith(_LOGS) and name not in recorded
    ]
    return problems
