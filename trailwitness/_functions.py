"""The functions of the API: each puts plain arguments into the terms of ``scanner.runs``."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from os import PathLike
from pathlib import Path

from scanner.aws.options import Account
from scanner.errors import UsageError
from scanner.model import Assessment, JsonValue, Over
from scanner.runs.exceptions import Stated, with_stated
from scanner.runs.over_logs.judging import LogJudgement, Sealing, judge_sources, seal_logs
from scanner.runs.over_logs.opening import Asked, open_sources
from scanner.runs.over_logs.reproduction import Originals
from scanner.runs.scanning import Scan, scan_account, scan_snapshot, seal_scan
from scanner.runs.selection import Selection, select, with_declared_file
from scanner.runs.signing.marks import Marks, identity_of
from scanner.runs.signing.signers import open_signer
from scanner.runs.signing.trust import read_trust
from scanner.runs.verifying import Verification, verify_bundle
from scanner.runs.watching import Watch, unwatched
from scanner.wording import did_you_mean

StrPath = str | PathLike[str]
Progress = Callable[[str, int, int], None]
"""``progress(phase, done, total)``, called as calls come back or sources are read."""

_NO_VALUES: Mapping[str, JsonValue] = {}


def scan(
    snapshot: StrPath | Sequence[StrPath] | None = None,
    *,
    account: Account | None = None,
    record_to: StrPath | None = None,
    frameworks: Sequence[str] = (),
    rules: Sequence[str] = (),
    rule_folders: Sequence[StrPath] = (),
    parameters: Mapping[str, JsonValue] = _NO_VALUES,
    declared_routes: StrPath | None = None,
    waivers: StrPath | None = None,
    attestations: StrPath | None = None,
    baseline: StrPath | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Judge an account, or a snapshot of one.

    ``snapshot`` is a snapshot folder, or the bundle of a scan; it is judged offline, and several as one. Without it the
    account is asked, with read-only calls: ``account`` says how it is reached, which Regions are in scope (default: the
    ordinary boto3 chain, all enabled Regions) and which other accounts are. What was recorded is kept in the new folder
    ``record_to``, which sealing needs; without one it is removed.

    ``frameworks`` and ``rules`` are ids; without either every core rule is judged and every framework reported.
    ``rule_folders`` hold rules of your own. ``parameters`` maps ``rule.name`` to a value. ``declared_routes`` is a file
    of routes to a place of your own (docs/declared-routes.md); ``waivers``, ``attestations`` and ``baseline`` are files
    of what people state beside the evidence (docs/waivers.md).

    Raises UsageError for arguments that do not go together or do not exist, ContentError for files of rules or routes
    that are wrong, SnapshotError when the snapshot cannot be read, and CollectError when AWS cannot be reached at all.
    Calls that AWS refuses raise nothing: they are gaps, and what depends on them is unknown.
    """
    selection = _selected(frameworks, rules, rule_folders, parameters, Over.FACTS)
    if declared_routes is not None:
        selection = with_declared_file(selection, Path(declared_routes))
    selection = with_stated(selection, _stated(waivers, attestations, baseline))
    if snapshot is not None:
        if account is not None or record_to is not None:
            raise UsageError("A snapshot is judged offline.", "Drop account and record_to.")
        paths = (snapshot,) if isinstance(snapshot, str | PathLike) else tuple(snapshot)
        if not paths:
            raise UsageError("No snapshot is given.", "Name at least one.")
        return scan_snapshot(Path(paths[0]), selection, *map(Path, paths[1:]))
    asked, watch = account or Account(), _watch(progress)
    if record_to is not None:
        from scanner.runs.collecting import collect_snapshot

        collect_snapshot(asked, selection.rules, Path(record_to), watch)
        return scan_snapshot(Path(record_to), selection)
    with scan_account(asked, selection, watch) as judged:
        return replace(judged, snapshot=None)


def judge_logs(
    sources: Sequence[StrPath] = (),
    *,
    event_history: bool = False,
    log_groups: Sequence[str] = (),
    account: Account | None = None,
    bucket_accounts: Sequence[str] = (),
    exclude: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    late: timedelta | None = None,
    frameworks: Sequence[str] = (),
    rules: Sequence[str] = (),
    rule_folders: Sequence[StrPath] = (),
    parameters: Mapping[str, JsonValue] = _NO_VALUES,
    waivers: StrPath | None = None,
    attestations: StrPath | None = None,
    baseline: StrPath | None = None,
    workers: int = 1,
    bundle: StrPath | None = None,
    with_logs: bool = True,
    progress: Progress | None = None,
) -> LogJudgement:
    """Judge log-event rules over CloudTrail records.

    ``sources`` are files, folders, globs, zip files and ``s3://bucket/prefix``; ``event_history`` and ``log_groups``
    are read from AWS, reached as ``account`` says. ``bucket_accounts`` limits a bucket to these accounts, ``exclude``
    leaves out names. ``since`` and ``until`` bound the events' time (UTC when naive), and ``late`` is how long after
    ``until`` deliveries to a bucket or log group are still read. Rules are selected, and ``waivers``, ``attestations``
    and ``baseline`` taken, as by :func:`scan`.

    ``bundle`` seals the run while it is judged, the only way to seal what cannot be read twice; ``with_logs=False``
    leaves the logs out of it. With ``workers`` above 1, call it under ``if __name__ == "__main__"``, as
    multiprocessing requires.

    Raises UsageError, ContentError and CollectError as :func:`scan` does. A source that cannot be read raises
    nothing: it is a gap of the assessment.
    """
    asked = Asked(
        sources=tuple(map(str, sources)),
        account=account or Account(),
        accounts=tuple(bucket_accounts),
        named={"event-history": ("",) * event_history, "log-group": tuple(log_groups)},
        excluded=tuple(exclude),
        since=_in_utc(since),
        until=_in_utc(until),
        late=late,
    )
    selection = _selected(frameworks, rules, rule_folders, parameters, Over.RECORDS)
    selection = with_stated(selection, _stated(waivers, attestations, baseline))
    started = datetime.now(UTC).replace(microsecond=0)
    return judge_sources(
        asked,
        open_sources(asked, started),
        selection,
        started,
        workers=workers,
        sealing=Sealing(None if bundle is None else Path(bundle), with_logs),
        watch=_watch(progress),
    )


def seal(
    judged: Scan | LogJudgement,
    target: StrPath,
    *,
    with_logs: bool = True,
    sign: str | None = None,
    previous: StrPath | None = None,
    profile: str | None = None,
) -> Path:
    """Write the evidence bundle of a run to ``target``: a zip archive by that ending, else a new folder.

    The logs of a ``LogJudgement`` are read a second time; ``with_logs=False`` leaves them out, and the bundle holds
    their SHA-256 alone. Equal runs give equal bytes. ``sign`` names a key as ``--sign`` does (docs/signing.md), with
    ``profile`` as the AWS profile for one in AWS KMS, and ``previous`` the bundle before this one. Gives the target.

    Raises UsageError when the target exists or cannot be written, when the facts of a scan were not kept, or for a key
    that cannot sign; CollectError when AWS KMS does not sign; and SnapshotError when a log is no longer what was
    judged. Nothing half-written stays behind.
    """
    path = Path(target)
    marks = Marks(
        identity_of(Path(previous)) if previous is not None else "",
        open_signer(sign, profile) if sign is not None else None,
    )
    if isinstance(judged, Scan):
        seal_scan(judged, path, marks)
    else:
        seal_logs(judged, path, with_logs=with_logs, marks=marks)
    return path


def verify(
    bundle: StrPath,
    *,
    logs: Sequence[StrPath] = (),
    public_keys: Sequence[StrPath] = (),
    trusted_keys: StrPath | None = None,
    require_signature: bool = False,
    progress: Progress | None = None,
) -> Verification:
    """Check every digest of an evidence bundle, then compute every verdict again from the evidence inside.

    ``logs`` are where the logs are that a bundle was sealed without. With ``public_keys``, or the file
    ``trusted_keys``, one of these keys must have signed it; with ``require_signature`` alone, whose the signature is
    cannot be told, and ``verified`` is False. Raises UsageError, ContentError and SnapshotError when a file is not
    there or cannot be read; tampering raises nothing: it is the result.
    """
    path = Path(bundle)
    if not path.exists():
        raise UsageError(f"There is no bundle at {path}.", "Name a bundle folder or .zip.")
    keys = None if trusted_keys is None else Path(trusted_keys)
    trust = read_trust(tuple(map(Path, public_keys)), keys, required=require_signature)
    return verify_bundle(path, Originals(tuple(map(str, logs)), _watch(progress)), trust)


def report(judged: Scan | LogJudgement | Assessment, format_name: str) -> bytes:
    """A finished run as a report in a format that ``--output`` knows. Raises UsageError for another one."""
    from reports.formats import FORMATS

    if format_name not in FORMATS:
        hint = did_you_mean(format_name, FORMATS).strip() or f"Formats: {', '.join(FORMATS)}."
        raise UsageError(f"There is no format {format_name!r}.", hint)
    stream = io.BytesIO()
    FORMATS[format_name].write(judged if isinstance(judged, Assessment) else judged.assessment, stream)
    return stream.getvalue()


def _stated(*paths: StrPath | None) -> Stated:
    return Stated(*(None if path is None else Path(path) for path in paths))


def _selected(
    frameworks: Sequence[str],
    rules: Sequence[str],
    folders: Sequence[StrPath],
    parameters: Mapping[str, JsonValue],
    over: Over,
) -> Selection:
    texts = [f"{name}={_as_text(name, value)}" for name, value in parameters.items()]
    return select(frameworks, rules, tuple(map(Path, folders)), texts, over=over)


def _as_text(name: str, value: JsonValue) -> str:
    """A parameter's value as ``--parameter`` takes it. Raises UsageError for what cannot be written so."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        texts = [str(item) for item in value]
        if any("," in text for text in texts):
            raise UsageError(f"{name}: a text of a list cannot hold a comma.", "Set it in a rule of your own.")
        return ",".join(texts)
    return str(value)


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _watch(progress: Progress | None) -> Watch:
    if progress is None:
        return unwatched

    @contextmanager
    def watched() -> Iterator[Progress]:
        yield progress

    return watched
