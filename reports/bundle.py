"""Seals an assessment with all it rests on as an evidence bundle: a BagIt bag, as a folder or a zip archive.

The bytes depend on the arguments alone: names in order, dates from the collection, no clock and no machine name.
"""

import hashlib
import io
import os
import re
import shutil
import stat
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from reports import document, findings_csv, junit, text
from reports.bag import (
    DECLARATION,
    DECLARATION_FILE,
    INFO_FILE,
    MANIFEST,
    PAYLOAD,
    TAG_FILES,
    TAG_MANIFEST,
    collisions,
    info_bytes,
    manifest_bytes,
    name_problem,
    parse_manifest,
)
from reports.bundle_readme import README
from reports.characters import visible
from reports.evidence_index import index_csv, index_json
from scanner.errors import SnapshotError, UsageError
from scanner.model import Assessment, Outcome

Content = bytes | Callable[[], bytes]
"""A file's bytes, or a function that reads them: it is called once to seal the bundle and once to write it."""

_IDENTITY = uuid.UUID("b4e0b0f6-5a5d-5e4f-9a41-6f1f3f0f8d11")
"""Name space of bundle identifiers (RFC 4122 version 5)."""

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can hold


def standard_reports(assessment: Assessment) -> dict[str, bytes]:
    """The reports every bundle carries, by file name: assessment.json, junit.xml, summary.txt, findings.csv."""
    reports = {}
    writers = {
        "assessment.json": document.write,
        "junit.xml": junit.write,
        "summary.txt": text.write,
        "findings.csv": findings_csv.write,
    }
    for name, write in writers.items():
        out = io.BytesIO()
        write(assessment, out)
        reports[name] = out.getvalue()
    return reports


def bundle_files(
    assessment: Assessment,
    snapshot_files: Mapping[str, Content],
    content: Mapping[str, bytes],
    parameters: bytes,
    reports: Mapping[str, bytes],
) -> dict[str, Content]:
    """Every file of the bundle by its name in the bag (``bagit.txt``, ``data/run.json``, …), in order.

    ``snapshot_files`` are the files of the snapshot by name (``run.json``, ``calls.jsonl``, ``raw/…``); ``content``
    the rules, frameworks and schemas used (``rules/…``, ``frameworks/…``, ``schemas/…``); ``parameters`` the bytes of
    parameters.json; ``reports`` the rendered reports (see ``standard_reports``; assessment.json is required).

    Raises SnapshotError when the snapshot lacks an answer that the assessment cites, or holds other bytes than
    cited; UsageError when a name cannot stand in a bundle or two files would have one name.
    """
    payload: dict[str, Content] = {}
    own: dict[str, bytes] = {
        "README.txt": README.encode(),
        "index.csv": index_csv(assessment),
        "index.json": index_json(assessment),
        "parameters.json": parameters,
    }
    for group in (own, snapshot_files, content, reports):
        for name, value in group.items():
            if f"{PAYLOAD}{name}" in payload:
                raise UsageError(f"Two files of the bundle would be named {name}.")
            payload[f"{PAYLOAD}{name}"] = value
    _check_names(payload)
    if reports.get("assessment.json") != document.document_bytes(assessment):
        raise UsageError("The reports of a bundle must hold assessment.json as the JSON report of its assessment.")
    return _sealed(assessment, payload)


def bundle_name(assessment: Assessment) -> str:
    """The name a bundle goes by, for example ``evidence-111122223333-20261120T070000Z``."""
    accounts = _accounts(assessment)
    who = accounts[0] if len(accounts) == 1 else f"{len(accounts)}-accounts"
    when = re.sub(r"[-:]|\.[0-9]+", "", str(assessment.run["collected"]["started"]))
    return re.sub(r"[^A-Za-z0-9-]", "_", f"evidence-{who}-{when}")


def write_folder(files: Mapping[str, Content], target: Path) -> None:
    """Write a bundle as the folder ``target``, readable by its owner alone; whole or not at all.

    Raises UsageError when ``target`` exists or its parent does not; SnapshotError when a file gave other bytes than
    when the bundle was sealed; OSError when the disk refuses.
    """
    _check_target(target)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, data in _contents(files):
            path = temporary / name
            _make_folder(path.parent)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb") as file:
                file.write(data)
        _check_target(target)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_zip(files: Mapping[str, Content], target: Path, folder: str, *, compress: bool = True) -> None:
    """Write a bundle as the zip archive ``target``, readable by its owner alone; whole or not at all.

    All entries lie in ``folder`` (``bundle_name``). Equal files give equal bytes with one build of zlib; stored
    archives (``compress=False``) with every build. Raises as ``write_folder`` does.
    """
    _check_target(target)
    problem = name_problem(folder) or ("has more than one part" if "/" in folder else "")
    if problem:
        raise UsageError(f"The name {visible(folder)} {problem}.")
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for entry, data in _contents(files):
                archive.writestr(_zip_entry(f"{folder}/{entry}", compress=compress), data)
        _check_target(target)
        temporary.rename(target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


_BINARY = getattr(os, "O_BINARY", 0)  # Windows alone has it


def _make_folder(folder: Path) -> None:
    # Step by step: ``mkdir(parents=True)`` gives the mode to the last folder alone.
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700)


def _zip_entry(name: str, *, compress: bool) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _FIXED_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    info.create_system = 3  # Unix, on every machine
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    return info


def _check_target(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} exists already.", "A bundle is written once: choose another name.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent} to write the bundle to.", "Create it first.")


def _check_names(payload: Mapping[str, Content]) -> None:
    for name in payload:
        problem = name_problem(name)
        if problem:
            raise UsageError(f"The file name {visible(name)} {problem}.", "Rename the file and try again.")
    for first, second in collisions(payload):
        raise UsageError(f"{first} and {second} differ in case alone.", "Rename one of them and try again.")


def _sealed(assessment: Assessment, payload: Mapping[str, Content]) -> dict[str, Content]:
    digests: dict[str, str] = {}
    total = 0
    for name in sorted(payload):
        data = _bytes(payload[name])
        digests[name] = hashlib.sha256(data).hexdigest()
        total += len(data)
    for item in assessment.evidence:
        if item.file and digests.get(f"{PAYLOAD}{item.file}") != item.sha256:
            raise SnapshotError(
                f"The snapshot does not hold {item.file} as {item.id} cites it.",
                "Files of the snapshot were changed or removed after it was judged: collect again.",
            )
    manifest = manifest_bytes(digests)
    tags = {
        DECLARATION_FILE: DECLARATION,
        INFO_FILE: _info(assessment, hashlib.sha256(manifest).hexdigest(), f"{total}.{len(payload)}"),
        MANIFEST: manifest,
    }
    tag_manifest = manifest_bytes({name: hashlib.sha256(tags[name]).hexdigest() for name in TAG_FILES})
    return {**tags, TAG_MANIFEST: tag_manifest, **{name: payload[name] for name in sorted(payload)}}


def _info(assessment: Assessment, digest: str, total: str) -> bytes:
    run = assessment.run
    tool, collected = run.get("tool", {}), run["collected"]
    outcomes = [finding.outcome for finding in assessment.findings]
    counts = ", ".join(
        f"{outcome.value} {outcomes.count(outcome)}" for outcome in Outcome if outcome is not Outcome.MANUAL
    )
    elements = [
        ("Bag-Software-Agent", f"{tool.get('name', 'trailwitness')} {tool.get('version', '')}".strip()),
        ("Bagging-Date", str(collected["started"])[:10]),
        ("External-Identifier", f"urn:uuid:{uuid.uuid5(_IDENTITY, digest)}"),
        ("External-Description", "Evidence of AWS audit logging and monitoring: recorded API answers and assessment"),
        ("Payload-Oxum", total),
        ("Account-Ids", " ".join(_accounts(assessment))),
        ("Collection-Started", str(collected["started"])),
        ("Collection-Finished", str(collected.get("finished", ""))),
        ("Findings", counts),
        ("Gaps", str(len(assessment.gaps))),
    ]
    return info_bytes((label, value) for label, value in elements if value)


def _accounts(assessment: Assessment) -> list[str]:
    return sorted(assessment.run.get("scope", {}).get("accounts", {}))


def _contents(files: Mapping[str, Content]) -> Iterator[tuple[str, bytes]]:
    """Names and bytes by name, each checked against the manifests: a file may change between sealing and writing."""
    listed: dict[str, str] = {}
    for manifest in (MANIFEST, TAG_MANIFEST):
        listed |= parse_manifest(_bytes(files[manifest]))[0]
    for name in sorted(files):
        data = _bytes(files[name])
        if name != TAG_MANIFEST and hashlib.sha256(data).hexdigest() != listed.get(name):
            raise SnapshotError(
                f"{name} changed while the bundle was written.", "Nothing was kept: run the command again."
            )
        yield name, data


def _bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else content()
