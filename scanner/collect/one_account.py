"""The calls of one account: stage by stage, each call once, written down as the answers come back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field

from scanner.aws.operations import OPERATIONS, Operation
from scanner.aws.regions import region_status
from scanner.aws.session import AwsSession
from scanner.collect.recording import Recorder
from scanner.collect.targets import Target, targets
from scanner.errors import CollectError
from scanner.facts.uses import Look, Use
from scanner.model import CallKey
from scanner.snapshot.error_codes import may_be_off

Count = Callable[[int, int], None]
"""``count(done, total)``: how far the calls of an account are."""

_UNLISTED: Mapping[str, str] = {"others": "not known: EC2 did not list the Regions of the account"}
"""What is passed over when only botocore's own list of Regions can be had."""

_MISLISTED: Mapping[str, str] = {"others": "not known: EC2's list of the Regions is not of its documented shape"}

_REGIONS = OPERATIONS["ec2.DescribeRegions"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The Regions of an account to look at, and those passed over with the reason.

    ``reason`` says why nothing of the account is looked at ("" when something is). ``opt_in`` are the Regions that
    accounts must enable.
    """

    regions: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    opt_in: frozenset[str] = frozenset()

    @property
    def members(self) -> dict[str, object]:
        """The scope as ``run.json`` tells it."""
        reason = {"reason": self.reason} if self.reason else {}
        return {"regions": list(self.regions), "skipped": dict(self.skipped), **reason}


def scope_of(session: AwsSession, recorder: Recorder, account: str, asked: tuple[str, ...]) -> Scope:
    """The Regions asked for, else every enabled one; botocore's own list when EC2 does not say (a recorded gap).

    Raises CollectError when EC2 names none.
    """
    if asked:
        return _scope(session, tuple(sorted(set(asked))), {}, None)
    where = Target(session.global_region, _REGIONS.arguments)
    reply = recorder.ask(session, account, _REGIONS, where)
    if reply.error is not None:
        return _scope(session, session.known_regions(), _UNLISTED, None)
    status = region_status(reply.pages)
    if status is None:
        return _scope(session, session.known_regions(), _MISLISTED, None)
    enabled = tuple(sorted(region for region, word in status.items() if word != "not-opted-in"))
    if not enabled:
        raise CollectError(
            "EC2 names no enabled Region, so there is nothing to look at.", "Name the Regions with --region."
        )
    skipped = dict.fromkeys(sorted(set(status) - set(enabled)), "not enabled")
    return _scope(session, enabled, skipped, status)


def _scope(
    session: AwsSession, regions: tuple[str, ...], skipped: Mapping[str, str], status: Mapping[str, str] | None
) -> Scope:
    if status is not None and all(status.values()):
        opt_in = {region for region, word in status.items() if word != "opt-in-not-required"}
    else:
        opt_in = {region for region in regions if may_be_off(region, session.partition)}
    return Scope(regions, skipped, opt_in=frozenset(opt_in))


class OneAccount:
    """The calls of one account: made, and recorded as they come back. ``made`` are those that were made before."""

    def __init__(
        self,
        session: AwsSession,
        recorder: Recorder,
        account: str,
        opt_in: frozenset[str],
        made: Collection[CallKey] = (),
    ) -> None:
        self.account = account
        self._session = session
        self._recorder = recorder
        self._opt_in = opt_in
        self._made = set(made)
        self._done = self._total = 0

    def make_all(
        self, ordered: Sequence[Sequence[Use]], so_far: Callable[[], Look], pool: Executor, count: Count
    ) -> None:
        """Make the calls stage by stage; what a stage answers, as ``so_far`` shows, decides what the next one asks."""
        for stage in ordered:
            jobs = new_jobs(stage, so_far(), self._made)
            self._total += len(jobs)
            count(self._done, self._total)
            for future in as_completed([pool.submit(self._make, *job) for job in jobs]):
                future.result()
                self._done += 1
                count(self._done, self._total)

    def _make(self, operation: Operation, where: Target) -> None:
        opt_in = where.region in self._opt_in
        self._recorder.ask(self._session, self.account, operation, where, opt_in=opt_in)


def new_jobs(stage: Sequence[Use], so_far: Look, made: set[CallKey]) -> list[tuple[Operation, Target]]:
    """The calls of a stage that are not among ``made``, to which they are added."""
    # Two uses may ask for the same thing: a key of a trail is often the key of its bucket.
    jobs = []
    for use in stage:
        for where in targets(use, so_far):
            key = CallKey(so_far.account, where.region, use.operation, where.arguments)
            if key not in made:
                made.add(key)
                jobs.append((OPERATIONS[use.operation], where))
    return jobs
