"""The collection: asks AWS what the rules need, each call once and many at a time, and writes the snapshot."""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner import __version__
from scanner.arns import parse_arn
from scanner.aws.asking import ask
from scanner.aws.identity import unidentified
from scanner.aws.operations import OPERATIONS, Operation
from scanner.aws.options import CollectOptions, Progress
from scanner.aws.regions import region_status
from scanner.aws.session import AwsSession, open_session, versions
from scanner.collect.plan import Plan, stages
from scanner.collect.targets import Target, targets
from scanner.errors import CollectError
from scanner.facts.uses import Look, Use
from scanner.model import CallKey
from scanner.snapshot.answers import SCHEMA, Reply, Snapshot
from scanner.snapshot.error_codes import may_be_off
from scanner.snapshot.folder import SnapshotWriter, refuse_existing
from scanner.times import rfc3339

Clock = Callable[[], datetime]

PHASE = "Collecting"

_UNLISTED: Mapping[str, str] = {"others": "not known: EC2 did not list the Regions of the account"}
"""What is passed over when only botocore's own list of Regions can be had."""

_MISLISTED: Mapping[str, str] = {"others": "not known: EC2's list of the Regions is not of its documented shape"}

_ACCOUNT = re.compile("[0-9]{12}")
_IDENTITY = OPERATIONS["sts.GetCallerIdentity"]
_REGIONS = OPERATIONS["ec2.DescribeRegions"]


def utc_now() -> datetime:
    """The present, to the second: what a recorded call's ``started`` says."""
    return datetime.now(UTC).replace(microsecond=0)


def collect(
    options: CollectOptions,
    plan: Plan,
    target: Path,
    progress: Progress | None = None,
    clock: Clock = utc_now,
) -> Snapshot:
    """Make the calls of the plan, record their answers in the new folder ``target``, and return it as a snapshot.

    A call that fails becomes a recorded gap and never stops the collection. UsageError: the target exists, or a
    profile, Region or role cannot be. CollectError: there are no usable credentials, or AWS cannot be reached to say
    whose they are. Nothing is left at ``target`` then.
    """
    refuse_existing(target)
    session = open_session(options)
    started = clock()
    who = ask(session, _IDENTITY, session.global_region, {})
    if who.error is not None:
        raise unidentified(who.error)
    caller = who.pages[0]
    if not _ACCOUNT.fullmatch(str(caller["Account"])):
        raise CollectError(
            f"AWS STS names the account {str(caller['Account'])[:40]!r}, which is not 12 digits.",
            "Check AWS_ENDPOINT_URL and the proxy.",
        )
    session.partition = _partition_of(caller) or session.partition
    with SnapshotWriter(target) as writer:
        collection = _Collection(session, writer, clock, str(caller["Account"]))
        collection.record(_IDENTITY, Target(session.global_region, {}), started, who)
        scope = collection.scope(options.regions)
        run = _run(plan, session.partition, caller, scope, options, started)
        collection.make_all(stages(plan.uses), run, options.workers, progress or _silent)
        return writer.finish({**run, "finished": rfc3339(clock())})


@dataclass(frozen=True, slots=True)
class _Scope:
    """The Regions to look at, and those passed over with the reason."""

    regions: tuple[str, ...]
    skipped: Mapping[str, str]


class _Collection:
    """The calls of one account: made, and recorded as they come back."""

    def __init__(self, session: AwsSession, writer: SnapshotWriter, clock: Clock, account: str) -> None:
        self._session = session
        self._writer = writer
        self._clock = clock
        self._account = account
        self._opt_in: frozenset[str] = frozenset()

    def scope(self, asked: tuple[str, ...]) -> _Scope:
        """The Regions asked for, else every enabled one; botocore's own list when EC2 does not say (a recorded gap)."""
        if asked:
            return self._scope(tuple(sorted(set(asked))), {}, None)
        where = Target(self._session.global_region, _REGIONS.arguments)
        started = self._clock()
        reply = ask(self._session, _REGIONS, where.region, where.arguments)
        self.record(_REGIONS, where, started, reply)
        if reply.error is not None:
            return self._scope(self._session.known_regions(), _UNLISTED, None)
        status = region_status(reply.pages)
        if status is None:
            return self._scope(self._session.known_regions(), _MISLISTED, None)
        enabled = tuple(sorted(region for region, word in status.items() if word != "not-opted-in"))
        if not enabled:
            raise CollectError(
                "EC2 names no enabled Region, so there is nothing to look at.", "Name the Regions with --region."
            )
        skipped = dict.fromkeys(sorted(set(status) - set(enabled)), "not enabled")
        return self._scope(enabled, skipped, status)

    def _scope(self, regions: tuple[str, ...], skipped: Mapping[str, str], status: Mapping[str, str] | None) -> _Scope:
        if status is not None and all(status.values()):
            opt_in = {region for region, word in status.items() if word != "opt-in-not-required"}
        else:
            opt_in = {region for region in regions if may_be_off(region, self._session.partition)}
        self._opt_in = frozenset(opt_in)
        return _Scope(regions, skipped)

    def make_all(
        self, ordered: Sequence[Sequence[Use]], run: Mapping[str, Any], workers: int, progress: Progress
    ) -> None:
        """Make the calls stage by stage; what a stage answers decides what the next one asks."""
        done = total = 0
        made: set[CallKey] = set()
        pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="collect")
        try:
            for stage in ordered:
                jobs = self._new_jobs(stage, Look(self._writer.snapshot(run), self._account), made)
                total += len(jobs)
                progress(PHASE, done, total)
                for future in as_completed([pool.submit(self._make, *job) for job in jobs]):
                    future.result()
                    done += 1
                    progress(PHASE, done, total)
        finally:
            # After an interrupt or a full disk, what has not begun is not begun, and what has is not waited for.
            pool.shutdown(wait=False, cancel_futures=True)

    def _new_jobs(self, stage: Sequence[Use], so_far: Look, made: set[CallKey]) -> list[tuple[Operation, Target]]:
        # Two uses may ask for the same thing: a key of a trail is often the key of its bucket.
        jobs = []
        for use in stage:
            for where in targets(use, so_far):
                key = CallKey(self._account, where.region, use.operation, where.arguments)
                if key not in made:
                    made.add(key)
                    jobs.append((OPERATIONS[use.operation], where))
        return jobs

    def _make(self, operation: Operation, where: Target) -> None:
        started = self._clock()
        opt_in = where.region in self._opt_in
        self.record(
            operation, where, started, ask(self._session, operation, where.region, where.arguments, opt_in=opt_in)
        )

    def record(self, operation: Operation, where: Target, started: datetime, reply: Reply) -> None:
        """Write a reply down."""
        key = CallKey(self._account, where.region, operation.name, where.arguments)
        self._writer.record(key, reply, rfc3339(started))


def _run(
    plan: Plan,
    partition: str,
    caller: Mapping[str, Any],
    scope: _Scope,
    options: CollectOptions,
    started: datetime,
) -> dict[str, Any]:
    account = str(caller["Account"])
    return {
        "schema": SCHEMA,
        "started": rfc3339(started),
        "partition": partition,
        "caller": {
            "account": account,
            "arn": str(caller.get("Arn", "")),
            "user_id": str(caller.get("UserId", "")),
        },
        "tool": {"name": "trailwitness", "version": __version__},
        "dependencies": versions(),
        "scope": {
            "accounts": {account: {"regions": list(scope.regions), "skipped": dict(scope.skipped)}},
            "asked": {"regions": sorted(set(options.regions)) or "enabled", **_owners(options)},
        },
        "rules": sorted(str(rule) for rule in plan.rules),
    }


def _owners(options: CollectOptions) -> dict[str, list[str]]:
    from scanner.audit_path.places import BUCKET_OWNERS  # late: it is not needed for the first call

    return {BUCKET_OWNERS: sorted(set(options.bucket_owners))} if options.bucket_owners else {}


def _partition_of(caller: Mapping[str, Any]) -> str:
    arn = parse_arn(caller.get("Arn"))
    return arn.partition if arn else ""


def _silent(_phase: str, _done: int, _total: int) -> None:
    """No progress is shown."""
