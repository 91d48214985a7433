"""Seals an assessment with all it rests on as an evidence bundle: a BagIt bag, as a folder or a zip archive.

The bytes depend on the arguments alone: names in order, dates from the collection, no clock and no machine name.
"""

import hashlib
import io
import os
import re
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from heapq import merge
from pathlib import Path
from typing import assert_never

from reports.bundle.archives import zip_entry
from reports.bundle.bag import (
    DECLARATION,
    DECLARATION_FILE,
    INFO_FILE,
    MANIFEST,
    PAYLOAD,
    PREVIOUS,
    SIGNATURES,
    TAG_FILES,
    TAG_MANIFEST,
    collisions,
    info_bytes,
    info_values,
    manifest_bytes,
    name_problem,
)
from reports.bundle.content import Content, KnownFile, on_disk, put_aside
from reports.bundle.index import Places, index_csv, index_csv_pieces, index_json, index_json_pieces
from reports.bundle.readers import Limits
from reports.bundle.readme import (
    LOGS_LEFT_OUT_README,
    LOGS_README,
    SCAN_README,
    SCAN_WITH_DECLARED_README,
    with_period,
    with_redacted,
    with_stated,
)
from reports.bundle.result import result_of
from reports.bundle.signatures.statement import TagFiles
from reports.characters import visible
from reports.document.runs import parameter_members
from reports.document.writing import document_bytes
from reports.formats import FORMATS
from reports.plain_json import json_bytes
from scanner.errors import SnapshotError, UsageError
from scanner.files.unfinished import unfinished_file, unfinished_folder
from scanner.model import Assessment, LogRun, Outcome, Over, PeriodRun, ScanRun

_IDENTITY = uuid.UUID("b4e0b0f6-5a5d-5e4f-9a41-6f1f3f0f8d11")
"""Name space of bundle identifiers (RFC 4122 version 5)."""

_FOR_TAG_FILES = 1 << 30  # what the manifests may add to the payload, amply


def standard_reports(assessment: Assessment) -> dict[str, bytes]:
    """The reports that every bundle carries, by file name (``Format.sealed_as``)."""
    reports = {}
    for each in FORMATS.values():
        if each.sealed_as:
            out = io.BytesIO()
            (each.write_sealed or each.write)(assessment, out)
            reports[each.sealed_as] = out.getvalue()
    return reports


def reports_aside(assessment: Assessment, folder: Path) -> dict[str, KnownFile]:
    """The same of an assessment that is too long to be written in memory: they lie in ``folder`` until they are sealed.

    The index of the evidence is among them. Raises OSError when the disk refuses.
    """
    aside = {
        "index.csv": put_aside(folder / "index.csv", index_csv_pieces(assessment)),
        "index.json": put_aside(folder / "index.json", index_json_pieces(assessment)),
    }
    for each in FORMATS.values():
        if each.sealed_as:
            path = folder / each.sealed_as
            with path.open("xb") as stream:
                (each.write_sealed or each.write)(assessment, stream)
            aside[each.sealed_as] = on_disk(path)
    return aside


def bundle_files(
    assessment: Assessment,
    evidence_files: Mapping[str, Content],
    content: Mapping[str, bytes],
    reports: Mapping[str, Content],
    places: Places | None = None,
    previous: str = "",
) -> dict[str, Content]:
    """Every file of the bundle by its name in the bag (``bagit.txt``, ``data/run.json``, …), in order.

    ``evidence_files`` are the files of the snapshot by name (``run.json``, ``calls.jsonl``, ``raw/…``), or those of a
    run over log records (``run.json``, ``logs.json``, ``logs/…``); ``content`` the rules, frameworks and schemas used
    (``rules/…``, ``frameworks/…``, ``schemas/…``); ``reports`` the rendered reports (see ``standard_reports`` and
    ``reports_aside``; assessment.json is required). ``places`` say which file each piece of evidence is; without them
    it is the one the assessment names. ``previous`` is the identity of the bundle before this one ("" for none).

    Raises SnapshotError when a file that the assessment cites is missing, or holds other bytes than cited; UsageError
    when a name must not be in a bundle or two files would have one name.
    """
    payload: dict[str, Content] = {}
    own: dict[str, Content] = {
        "README.txt": with_stated(_readme(assessment, places), assessment.exceptions).encode(),
        "parameters.json": json_bytes(parameter_members(assessment.run.settings)),
    }
    if "index.json" not in reports:
        own |= {"index.csv": index_csv(assessment, places), "index.json": index_json(assessment, places)}
    for group in (own, evidence_files, content, reports):
        for name, value in group.items():
            if f"{PAYLOAD}{name}" in payload:
                raise UsageError(f"Two files of the bundle would be named {name}.")
            payload[f"{PAYLOAD}{name}"] = value
    _check_names(payload)
    report = reports.get("assessment.json", b"")
    # What lies aside was written from this assessment just now; long as it is, it is not written a third time.
    if not isinstance(report, KnownFile) and _bytes(report) != document_bytes(assessment):
        raise UsageError("The reports of a bundle must hold assessment.json as the JSON report of its assessment.")
    return _sealed(assessment, payload, places, previous)


def sealed_tags(files: Mapping[str, Content]) -> TagFiles:
    """The files of a sealed bundle from which its identity follows, and what a signature of it says."""
    return TagFiles(*(_bytes(files[name]) for name in (TAG_MANIFEST, MANIFEST, INFO_FILE)))


def bundle_name(assessment: Assessment) -> str:
    """The name a bundle goes by, for example ``evidence-111122223333-20261120T070000Z``."""
    accounts = _accounts(assessment)
    who = accounts[0] if len(accounts) == 1 else f"{len(accounts)}-accounts"
    when = re.sub(r"[-:]|\.[0-9]+", "", assessment.run.collected.started)
    return re.sub(r"[^A-Za-z0-9-]", "_", f"evidence-{who}-{when}")


def write_folder(files: Mapping[str, Content], target: Path) -> None:
    """Write a bundle as the folder ``target``, readable by its owner alone; whole or not at all.

    Raises UsageError when ``target`` exists or its parent does not; SnapshotError when a file gave other bytes than
    when the bundle was sealed; OSError when the disk refuses.
    """
    _check_target(target)
    with unfinished_folder(target) as temporary:
        for name, pieces in _contents(files):
            path = temporary / name
            _make_folder(path.parent)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb") as file:
                file.writelines(pieces)
        _check_target(target)
        temporary.rename(target)


def write_zip(files: Mapping[str, Content], target: Path, folder: str, *, compress: bool = True) -> None:
    """Write a bundle as the zip archive ``target``, readable by its owner alone; whole or not at all.

    All entries lie in ``folder`` (``bundle_name``). Equal files give equal bytes with one build of zlib; stored
    archives (``compress=False``) with every build. A ``KnownFile`` is always stored: log files are packed already, or
    so repetitive that the archive would be taken for a bomb. Raises as ``write_folder`` does, and UsageError for what
    ``verify`` would refuse to unpack.
    """
    _check_target(target)
    _check_archive(files, Limits())
    problem = name_problem(folder) or ("has more than one part" if "/" in folder else "")
    if problem:
        raise UsageError(f"The name {visible(folder)} {problem}.")
    with unfinished_file(target) as (descriptor, temporary):
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for entry, pieces in _contents(files):
                content = files[entry]
                packed = compress and (not isinstance(content, KnownFile) or content.compress)
                with archive.open(zip_entry(f"{folder}/{entry}", compress=packed), "w") as member:
                    member.writelines(pieces)
        _check_target(target)
        temporary.rename(target)


_BINARY = getattr(os, "O_BINARY", 0)  # Windows alone has it


def _make_folder(folder: Path) -> None:
    # Step by step: ``mkdir(parents=True)`` gives the mode to the last folder alone.
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700)


def _check_target(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} exists already.", "A bundle is written once: choose another name.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent} to write the bundle to.", "Create it first.")


def _check_archive(files: Mapping[str, Content], limits: Limits) -> None:
    total, _, count = info_values(_bytes(files[INFO_FILE]), "Payload-Oxum")[0].partition(".")
    if int(total) + _FOR_TAG_FILES > limits.total_bytes or int(count) + len(TAG_FILES) + 1 > limits.entries:
        raise UsageError(
            f"The bundle is too large for a zip archive: {count} files of {total} bytes.", "Write it as a folder."
        )


def _check_names(payload: Mapping[str, Content]) -> None:
    for name in payload:
        problem = name_problem(name)
        if problem:
            raise UsageError(f"The file name {visible(name)} {problem}.", "Rename the file and try again.")
    for first, second in collisions(payload):
        raise UsageError(f"{first} and {second} differ in case alone.", "Rename one of them and try again.")


def _readme(assessment: Assessment, places: Places | None) -> str:
    match assessment.run:
        case ScanRun(declared=declared, redacted=redacted):
            readme = SCAN_WITH_DECLARED_README if declared else SCAN_README
            readme = with_period(readme) if isinstance(assessment.run, PeriodRun) else readme
            return with_redacted(readme) if redacted else readme
        case LogRun(redacted=redacted):
            inside = {item.id for item in assessment.evidence if item.file} if places is None else places.keys()
            left_out = any(item.sha256 and item.id not in inside for item in assessment.evidence)
            readme = LOGS_LEFT_OUT_README if left_out else LOGS_README
            return with_redacted(readme) if redacted else readme
        case other:
            assert_never(other)


def _sealed(
    assessment: Assessment, payload: Mapping[str, Content], places: Places | None, previous: str
) -> dict[str, Content]:
    digests: dict[str, str] = {}
    total = 0
    for name in sorted(payload):
        digests[name], size = _known(payload[name])
        total += size
    for item in assessment.evidence:
        file = item.file if places is None else places.get(item.id, "")
        if file and digests.get(f"{PAYLOAD}{file}") != item.sha256:
            raise SnapshotError(
                f"The snapshot does not hold {file} as {item.id} cites it.",
                "Files of the snapshot were changed or removed after it was judged: collect again.",
            )
    manifest = manifest_bytes(digests)
    tags = {
        DECLARATION_FILE: DECLARATION,
        INFO_FILE: _info(assessment, hashlib.sha256(manifest).hexdigest(), f"{total}.{len(payload)}", previous),
        MANIFEST: manifest,
    }
    tag_manifest = manifest_bytes({name: hashlib.sha256(tags[name]).hexdigest() for name in TAG_FILES})
    return {**tags, TAG_MANIFEST: tag_manifest, **{name: payload[name] for name in sorted(payload)}}


_HELD: Mapping[Over, str] = {
    Over.FACTS: "recorded API answers",
    Over.RECORDS: "log records",
    Over.PERIOD: "recorded API answers, log records and digest files of a period",
}


def _info(assessment: Assessment, digest: str, total: str, previous: str) -> bytes:
    run = assessment.run
    outcomes = Counter(finding.outcome for finding in assessment.findings)
    counts = ", ".join(f"{outcome.value} {outcomes[outcome]}" for outcome in Outcome if outcome is not Outcome.MANUAL)
    held = _HELD[run.over]
    elements = [
        ("Bag-Software-Agent", f"{run.tool.name or 'trailwitness'} {run.tool.version}".strip()),
        ("Bagging-Date", run.collected.started[:10]),
        ("External-Identifier", f"urn:uuid:{uuid.uuid5(_IDENTITY, digest)}"),
        ("External-Description", f"Evidence of AWS audit logging and monitoring: {held} and assessment"),
        ("Payload-Oxum", total),
        ("Account-Ids", " ".join(_accounts(assessment))),
        ("Collection-Started", run.collected.started),
        ("Collection-Finished", run.collected.finished),
        ("Findings", counts),
        ("Gaps", str(len(assessment.gaps))),
        ("Redacted-Values", _redacted(assessment)),
        ("Result", result_of(assessment)),
        (PREVIOUS, previous),
    ]
    return info_bytes((label, value) for label, value in elements if value)


def _redacted(assessment: Assessment) -> str:
    """How many values were replaced by pseudonyms, by the rule that chose them; "" where none was to be."""
    return ", ".join(f"{rule} {count}" for rule, count in assessment.run.redacted.items())


def _accounts(assessment: Assessment) -> list[str]:
    return list(assessment.run.account_ids)


def _contents(files: Mapping[str, Content]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Names with the pieces of their bytes, by name; the pieces of one are to be taken before the next."""
    listed = merge(*(_lines(_bytes(files[manifest])) for manifest in (MANIFEST, TAG_MANIFEST)))
    told = next(listed, None)
    for name in sorted(files):
        digest = ""
        if told is not None and told[0] == name:
            digest, told = told[1], next(listed, None)
        yield name, _pieces(name, files[name], digest)


def _lines(manifest: bytes) -> Iterator[tuple[str, str]]:
    """Name and digest of each line of a manifest of ours, which lists them by name."""
    for line in io.BytesIO(manifest):
        digest, _, name = line.decode().rstrip("\n").partition("  ")
        yield name, digest


def _pieces(name: str, content: Content, listed: str) -> Iterator[bytes]:
    """The bytes of a file, checked against the manifests: it may have changed since the bundle was sealed."""
    digest = hashlib.sha256()
    for piece in content.pieces() if isinstance(content, KnownFile) else (_bytes(content),):
        digest.update(piece)
        yield piece
    unlisted = name == TAG_MANIFEST or name.startswith(SIGNATURES)
    if not unlisted and digest.hexdigest() != listed:
        raise SnapshotError(f"{name} changed while the bundle was written.", "Nothing was kept: run the command again.")


def _known(content: Content) -> tuple[str, int]:
    """The SHA-256 of a file and its size."""
    if isinstance(content, KnownFile):
        return content.sha256, content.size
    data = _bytes(content)
    return hashlib.sha256(data).hexdigest(), len(data)


def _bytes(content: Content) -> bytes:
    if isinstance(content, KnownFile):
        return b"".join(content.pieces())
    return content if isinstance(content, bytes) else content()
