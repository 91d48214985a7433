"""A validation as an evidence bundle: its reports and the public keys it rests on, as a BagIt bag (RFC 8493).

The log files are not in it: they stay where they are, and are validated again by the same command. The keys are in it
as ``integrity capture`` writes them, so that a copy of the bucket can be validated against them; and so are the digests
with their signatures, so that ``verify`` proves them again from the bundle alone.
"""

import shlex
from hashlib import sha256
from pathlib import Path

from scanner import __version__
from scanner.integrity.stores.captured import captured_bytes
from scanner.runs.integrity import KEYS, PROOFS, REPORT
from scanner.runs.integrity.document import verdict_of
from scanner.runs.integrity.telling import why, written
from scanner.runs.integrity.validating import Validated
from scanner.times import rfc3339

_README = """\
Evidence of the integrity of CloudTrail log files
=================================================

Source   {source}
Period   {since} to {until}
Verdict  {verdict}: {why}

  data/integrity.json    the report for programs: chains, counts, every problem
  data/integrity.txt     the same for a person
  data/junit.xml         the same for a CI server
  data/public-keys.json  the public keys that the digest files were proved with, as AWS listed them
  data/digests.jsonl.gz  each digest file: its SHA-256, its signature, and what it states of the one before

Check with sha256sum alone that nothing here was changed:

  sha256sum -c manifest-sha256.txt && sha256sum -c tagmanifest-sha256.txt

`trailwitness verify` proves the signatures and the chains of the digest files again, with the keys inside; so can
anybody with the rule that data/digests.jsonl.gz follows (CloudTrail user guide, "Custom implementations of CloudTrail
log file integrity validation").

The log files and digest files themselves are not in this bundle. To validate them again, from a copy of the bucket:

  trailwitness integrity COPY{more} --public-keys data/public-keys.json --since {since} --until {until}{options}
"""

_MORE = " COPY-OF-EACH-BUCKET-BEFORE"


def seal(validated: Validated, target: Path) -> str:
    """Write the bundle, whole or not at all, and give its identity: the SHA-256 of tagmanifest-sha256.txt.

    Raises UsageError when the target cannot be made.
    """
    from reports.bundle.bag import (
        DECLARATION,
        DECLARATION_FILE,
        INFO_FILE,
        MANIFEST,
        PAYLOAD,
        TAG_FILES,
        TAG_MANIFEST,
        info_bytes,
        manifest_bytes,
    )
    from reports.bundle.seal import write_folder, write_zip
    from reports.characters import visible

    report = validated.report
    since, until = rfc3339(report.period.since), rfc3339(report.period.until)
    readme = _README.format(
        source=visible(report.source),
        since=since,
        until=until,
        verdict=verdict_of(report),
        why=why(report),
        more=_MORE if len(report.buckets) > 1 else "",
        options="".join(f" {name} {shlex.quote(value)}" for name, value in validated.chosen),
    )
    payload = {
        f"{PAYLOAD}README.txt": readme.encode(),
        f"{PAYLOAD}{REPORT}": written(report, "json"),
        f"{PAYLOAD}integrity.txt": written(report, "text"),
        f"{PAYLOAD}junit.xml": written(report, "junit"),
        f"{PAYLOAD}{KEYS}": captured_bytes(validated.keys),
        f"{PAYLOAD}{PROOFS}": validated.proofs,
    }
    manifest = manifest_bytes({name: sha256(content).hexdigest() for name, content in payload.items()})
    info = [
        ("Bag-Software-Agent", f"trailwitness {__version__}"),
        ("Bagging-Date", rfc3339(report.period.now)[:10]),
        ("External-Description", "Evidence of the integrity of CloudTrail log files"),
        ("Payload-Oxum", f"{sum(map(len, payload.values()))}.{len(payload)}"),
        ("Period", f"{since} to {until}"),
        ("Verdict", verdict_of(report)),
    ]
    tags = {DECLARATION_FILE: DECLARATION, INFO_FILE: info_bytes(info), MANIFEST: manifest}
    listed = manifest_bytes({name: sha256(tags[name]).hexdigest() for name in TAG_FILES})
    files = {**tags, TAG_MANIFEST: listed, **payload}
    if target.suffix == ".zip":
        write_zip(files, target, target.stem)
    else:
        write_folder(files, target)
    return sha256(listed).hexdigest()
