"""The functions of the API: each puts plain arguments into the terms of ``scanner.runs``."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from os import PathLike
from pathlib import Path

from reports.comparison.comparing import Comparison
from scanner.aws.options import Account
from scanner.errors import UsageError
from scanner.model import Assessment, JsonValue, Over
from scanner.redaction.asked import Redaction
from scanner.runs.assessments.sampling import Sample, record
from scanner.runs.collecting import collect_snapshot
from scanner.runs.exceptions import Stated, with_stated
from scanner.runs.over_logs.judging import LogJudgement, Sealing, judge_sources, seal_logs
from scanner.runs.over_logs.opening import Asked, open_sources
from scanner.runs.over_logs.redacting import judge_redacted
from scanner.runs.over_logs.reproduction import Originals
from scanner.runs.redacting import collect_redacted, redacted_account, redacted_scan
from scanner.runs.scanning import Scan, scan_account, scan_snapshot, seal_scan
from scanner.runs.selection import Selection, select, with_declared_file
from scanner.runs.signing.authority import check_url
from scanner.runs.signing.marks import Marks, identity_of
from scanner.runs.signing.signers import open_signer
from scanner.runs.signing.trust import read_trust
from scanner.runs.verifying import Verification, verify_bundle
from scanner.runs.watching import Watch
from scanner.wording import did_you_mean
from trailwitness._arguments import Judged, Progress, StrPath, assessment_of, path_of, watch_of

_COLUMNS = 100
"""How wide a comparison as text is."""

_NO_VALUES: Mapping[str, JsonValue] = {}


def scan(
    snapshot: StrPath | Sequence[StrPath] | None = None,
    *,
    account: Account | None = None,
    record_to: StrPath | None = None,
    frameworks: Sequence[str] = (),
    rules: Sequence[str] = (),
    packs: Sequence[str] = (),
    rule_folders: Sequence[StrPath] = (),
    parameters: Mapping[str, JsonValue] = _NO_VALUES,
    declared_routes: StrPath | None = None,
    waivers: StrPath | None = None,
    attestations: StrPath | None = None,
    baseline: StrPath | None = None,
    redaction: Redaction | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Judge an account, or a snapshot of one.

    ``snapshot`` is a snapshot folder, or the bundle of a scan; it is judged offline, and several as one. Without it the
    account is asked, with read-only calls: ``account`` says how it is reached, which Regions are in scope (default: the
    ordinary boto3 chain, all enabled Regions) and which other accounts are. What was recorded is kept in the new folder
    ``record_to``, which sealing needs; without one it is removed.

    ``frameworks`` and ``rules`` are ids; without either every core rule is judged, and one version each of CIS, HIPAA
    and PCI DSS reported. ``packs`` add every rule of a pack, such as ``extended``.
    ``rule_folders`` hold rules of your own. ``parameters`` maps ``rule.name`` to a value. ``declared_routes`` is a file
    of routes to a place of your own (docs/declared-routes.md); ``waivers``, ``attestations`` and ``baseline`` are files
    of what people state beside the evidence (docs/waivers.md). ``redaction`` replaces values by pseudonyms before
    anything can be read on a disk (docs/redaction.md); ``record_to`` then keeps the redacted snapshot, of a snapshot
    too.

    Raises UsageError for arguments that do not go together or do not exist, ContentError for files of rules or routes
    that are wrong, SnapshotError when the snapshot cannot be read, and CollectError when AWS cannot be reached at all.
    Calls that AWS refuses raise nothing: they are gaps, and what depends on them is unknown.
    """
    selection = _selected(frameworks, rules, packs, rule_folders, parameters, Over.FACTS)
    if declared_routes is not None:
        selection = with_declared_file(selection, Path(declared_routes))
    selection = with_stated(selection, _stated(waivers, attestations, baseline))
    target, watch = path_of(record_to), watch_of(progress)
    if snapshot is None:
        return _of_account(account or Account(), selection, redaction, target, watch)
    if account is not None or (record_to is not None and redaction is None):
        raise UsageError("A snapshot is judged offline.", "Drop account and record_to.")
    paths = (snapshot,) if isinstance(snapshot, str | PathLike) else tuple(snapshot)
    if not paths:
        raise UsageError("No snapshot is given.", "Name at least one.")
    judged = scan_snapshot(Path(paths[0]), selection, *map(Path, paths[1:]))
    if redaction is None:
        return judged
    with redacted_scan(judged, redaction, target) as redacted:
        return redacted if target is not None else replace(redacted, snapshot=None)


def _of_account(
    account: Account, selection: Selection, redaction: Redaction | None, target: Path | None, watch: Watch
) -> Scan:
    """The scan of an account, whose snapshot is kept at ``target``, if anywhere."""
    if target is None:
        asked = (
            scan_account(account, selection, watch)
            if redaction is None
            else redacted_account(account, selection, redaction, watch)
        )
        with asked as judged:
            return replace(judged, snapshot=None)
    if redaction is None:
        collect_snapshot(account, selection.rules, target, watch)
    else:
        collect_redacted(account, selection, redaction, target, watch)
    return scan_snapshot(target, selection)


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
    packs: Sequence[str] = (),
    rule_folders: Sequence[StrPath] = (),
    parameters: Mapping[str, JsonValue] = _NO_VALUES,
    waivers: StrPath | None = None,
    attestations: StrPath | None = None,
    baseline: StrPath | None = None,
    workers: int = 1,
    bundle: StrPath | None = None,
    with_logs: bool = True,
    sign: str | None = None,
    previous: StrPath | None = None,
    tsa_url: str = "",
    redaction: Redaction | None = None,
    progress: Progress | None = None,
) -> LogJudgement:
    """Judge log-event rules over CloudTrail records.

    ``sources`` are files, folders, globs, zip files and ``s3://bucket/prefix``; ``event_history`` and ``log_groups``
    are read from AWS, reached as ``account`` says. ``bucket_accounts`` limits a bucket to these accounts, ``exclude``
    leaves out names. ``since`` and ``until`` bound the events' time (UTC when naive), and ``late`` is how long after
    ``until`` deliveries to a bucket or log group are still read. Rules are selected, and ``waivers``, ``attestations``
    and ``baseline`` taken, as by :func:`scan`.

    ``bundle`` seals the run while it is judged, the only way to seal what cannot be read twice; ``with_logs=False``
    leaves the logs out of it. ``sign``, ``previous`` and ``tsa_url`` are those of :func:`seal`, ``redaction`` that of
    :func:`scan`. With ``workers`` above 1, call it under ``if __name__ == "__main__"``, for multiprocessing's sake.

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
    selection = _selected(frameworks, rules, packs, rule_folders, parameters, Over.RECORDS)
    selection = with_stated(selection, _stated(waivers, attestations, baseline))
    started = datetime.now(UTC).replace(microsecond=0)
    marks = _marks(sign, previous, tsa_url, asked.account.profile, sealed=bundle is not None)
    sealing, opened = Sealing(path_of(bundle), with_logs, marks), open_sources(asked, started)
    judge = judge_sources if redaction is None else partial(judge_redacted, redaction=redaction)
    return judge(asked, opened, selection, started, workers=workers, sealing=sealing, watch=watch_of(progress))


def seal(
    judged: Scan | LogJudgement,
    target: StrPath,
    *,
    with_logs: bool = True,
    sign: str | None = None,
    previous: StrPath | None = None,
    tsa_url: str = "",
    profile: str | None = None,
) -> Path:
    """Write the evidence bundle of a run to ``target``: a zip archive by that ending, else a new folder.

    The logs of a ``LogJudgement`` are read a second time; ``with_logs=False`` leaves them out, and the bundle holds
    their SHA-256 alone. Equal runs give equal bytes. ``sign`` names a key as ``--sign`` does (docs/signing.md), with
    ``profile`` as the AWS profile for one in AWS KMS, and ``previous`` the bundle before this one. ``tsa_url`` is a
    timestamp authority that is sent the SHA-256 of the signature. Gives the target.

    Raises UsageError when the target exists or cannot be written, when the facts of a scan were not kept, when
    something looks like a credential, or for a key that cannot sign; CollectError when AWS KMS does not sign; and
    SnapshotError when a log is no longer what was judged. Nothing half-written stays behind.
    """
    path = Path(target)
    marks = _marks(sign, previous, tsa_url, profile)
    if isinstance(judged, Scan):
        seal_scan(judged, path, marks)
    else:
        seal_logs(judged, path, with_logs=with_logs, marks=marks)
    return path


def _marks(
    sign: str | None, previous: StrPath | None, tsa_url: str, profile: str | None, *, sealed: bool = True
) -> Marks:
    """What is put on a bundle. Raises UsageError for marks of none."""
    if not sealed and (sign is not None or previous is not None or tsa_url):
        raise UsageError("sign, previous and tsa_url are about a bundle, and none is written.", "Name a bundle.")
    if tsa_url:
        if sign is None:
            raise UsageError("tsa_url asks for a timestamp of a signature.", "Sign the bundle.")
        check_url(tsa_url)
    return Marks(
        identity_of(Path(previous)) if previous is not None else "",
        open_signer(sign, profile) if sign is not None else None,
        tsa_url,
    )


def verify(
    bundle: StrPath,
    *,
    logs: Sequence[StrPath] = (),
    public_keys: Sequence[StrPath] = (),
    trusted_keys: StrPath | None = None,
    require_signature: bool = False,
    tsa_certificates: StrPath | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check every digest of an evidence bundle, then compute every verdict again from the evidence inside.

    ``logs`` are where the logs are that a bundle was sealed without. With ``public_keys``, or the file
    ``trusted_keys``, one of these keys must have signed it; with ``require_signature`` alone, whose the signature is
    cannot be told, and ``verified`` is False. With the root certificates in the file ``tsa_certificates``, a timestamp
    of one of them is demanded. Raises UsageError, ContentError and SnapshotError when a file is not
    there or cannot be read; tampering raises nothing: it is the result.
    """
    path = Path(bundle)
    if not path.exists():
        raise UsageError(f"There is no bundle at {path}.", "Name a bundle folder or .zip.")
    trust = read_trust(
        tuple(map(Path, public_keys)),
        path_of(trusted_keys),
        required=require_signature,
        authorities=path_of(tsa_certificates),
    )
    return verify_bundle(path, Originals(tuple(map(str, logs)), watch_of(progress)), trust)


def report(judged: Judged | Comparison | Sample, format_name: str) -> bytes:
    """What was judged as a report in a format that ``--output`` knows.

    A comparison is written as text, json or html, and a sample as json, which is its record.

    Raises UsageError for another format.
    """
    writers = _writers(judged)
    if format_name not in writers:
        hint = did_you_mean(format_name, writers).strip() or f"Formats: {', '.join(writers)}."
        raise UsageError(f"There is no format {format_name!r}.", hint)
    return writers[format_name]()


def _writers(judged: Judged | Comparison | Sample) -> Mapping[str, Callable[[], bytes]]:
    """What writes each format that there is of something."""
    if isinstance(judged, Sample):
        return {"json": partial(record, judged)}
    if isinstance(judged, Comparison):
        from reports.comparison.document import document_bytes
        from reports.comparison.page import comparison_page
        from reports.comparison.text import comparison_text

        return {
            "text": lambda: comparison_text(judged, _COLUMNS).encode("utf-8", "backslashreplace"),
            "json": partial(document_bytes, judged),
            "html": partial(comparison_page, judged),
        }
    from reports.formats import FORMATS

    return {name: partial(_written, each.write, assessment_of(judged)) for name, each in FORMATS.items()}


def _written(write: Callable[[Assessment, io.BytesIO], None], assessment: Assessment) -> bytes:
    stream = io.BytesIO()
    write(assessment, stream)
    return stream.getvalue()


def _stated(*paths: StrPath | None) -> Stated:
    return Stated(*map(path_of, paths))


def _selected(
    frameworks: Sequence[str],
    rules: Sequence[str],
    packs: Sequence[str],
    folders: Sequence[StrPath],
    parameters: Mapping[str, JsonValue],
    over: Over,
) -> Selection:
    texts = [f"{name}={_as_text(name, value)}" for name, value in parameters.items()]
    return select(frameworks, rules, tuple(map(Path, folders)), texts, packs=packs, over=over)


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
