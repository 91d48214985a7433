"""The collection: asks AWS what the rules need, each call once and many at a time, and writes the snapshot.

An account is done before its session is let go, and a few are under way at once, so that what is held grows with the
accounts under way and not with the organization.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

from scanner import __version__
from scanner.arns import parse_arn
from scanner.aws.asking import ask
from scanner.aws.identity import ASSUME_ROLE, assume, unidentified
from scanner.aws.operations import OPERATIONS
from scanner.aws.options import CollectOptions, Progress
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.aws.session import AwsSession, open_session, versions
from scanner.collect.accounts import Choice, Entrance, choose
from scanner.collect.asked import told
from scanner.collect.elsewhere import Named
from scanner.collect.one_account import OneAccount, Scope, new_jobs, scope_of
from scanner.collect.organization import Organization
from scanner.collect.plan import Plan, stages
from scanner.collect.recording import Clock, Recorder, utc_now
from scanner.collect.targets import Target
from scanner.errors import CollectError
from scanner.facts.uses import Look, Use
from scanner.files.covered import Cover
from scanner.snapshot.answers import SCHEMA, Reply, Snapshot
from scanner.snapshot.folder import SnapshotWriter, refuse_existing
from scanner.snapshot.run_json import JOINED
from scanner.times import rfc3339

PHASE = "Collecting"

_CALLS_OF_ONE = 4
"""How many of the calls under way at once are meant for one account, where several are looked at."""

_ACCOUNT = re.compile("[0-9]{12}")
_IDENTITY = OPERATIONS["sts.GetCallerIdentity"]


def collect(
    options: CollectOptions,
    plan: Plan,
    target: Path,
    progress: Progress | None = None,
    clock: Clock = utc_now,
    cover: Cover | None = None,
) -> Snapshot:
    """Make the calls of the plan, record their answers in the new folder ``target``, and return it as a snapshot.

    Under a ``cover`` the folder is of use to nobody but the snapshot that is returned.

    A call that fails becomes a recorded gap and never stops the collection; so does a role that cannot be assumed,
    where several accounts are looked at. UsageError: the target exists, or a profile, Region, role, account or unit
    cannot be. CollectError: there are no usable credentials, AWS cannot be reached to say whose they are or refuses to
    list the accounts, or no account could be entered. Nothing is left at ``target`` then.
    """
    refuse_existing(target)
    session = _open(options)
    started = clock()
    who = ask(session, _IDENTITY, session.global_region, {})
    if who.error is not None:
        raise unidentified(who.error)
    caller = who.pages[0]
    own = str(caller["Account"])
    if not _ACCOUNT.fullmatch(own):
        raise CollectError(
            f"AWS STS names the account {own[:40]!r}, which is not 12 digits.", "Check AWS_ENDPOINT_URL and the proxy."
        )
    session.partition = _partition_of(caller) or session.partition
    with SnapshotWriter(target, cover) as writer:
        recorder = Recorder(writer, clock)
        recorder.record(own, _IDENTITY, Target(session.global_region, {}), started, who)
        organization = Organization(
            lambda operation, arguments: recorder.ask(
                session, own, operation, Target(session.global_region, arguments)
            ),
            own,
        )
        choice = choose(options.accounts, own, session.partition, organization, started)
        run = _run(plan, session.partition, caller, options, started)
        collection = _Collection(session, recorder, options, run, progress or _silent)
        scopes = collection.look_at(choice, plan)
        return writer.finish({**run, "scope": _scope(scopes, choice, options), "finished": rfc3339(clock())})


def _open(options: CollectOptions) -> AwsSession:
    """The session of a collection, which may ask the organization for its accounts only where they are asked for."""
    if options.accounts.of_organization:
        return open_session(options, {**OPERATIONS, **ORGANIZATION_OPERATIONS})
    return open_session(options)


class _Collection:
    """The accounts of a collection: entered, asked a few at once, and let go."""

    def __init__(
        self,
        session: AwsSession,
        recorder: Recorder,
        options: CollectOptions,
        run: Mapping[str, Any],
        progress: Progress,
    ) -> None:
        self._session = session
        self._recorder = recorder
        self._options = options
        self._run = run
        self._progress = progress
        self._shown, self._noting = Lock(), Lock()
        self._everybody: frozenset[str] = frozenset()
        self._named = Named()
        self._closed: set[str] = set()

    def look_at(self, choice: Choice, plan: Plan) -> dict[str, Scope]:
        """Make the calls of the plan in every account; what became of each. CollectError when none can be entered."""
        entrances = choice.entrances
        alone = len(entrances) == 1 and not entrances[0].role
        pool = ThreadPoolExecutor(max_workers=self._options.workers, thread_name_prefix="collect")
        try:
            if alone:
                return {entrances[0].account: self._look_at_own(entrances[0], plan, pool)}
            scopes = self._look_at_several(entrances, plan, pool)
        finally:
            # After an interrupt or a full disk, what has not begun is not begun, and what has is not waited for.
            # Whoever waits for futures in another thread is not told that they are cancelled: those end by themselves.
            self._recorder.stop()
            pool.shutdown(wait=False, cancel_futures=alone)
        if all(scope.reason for scope in scopes.values()):
            first = scopes[min(scopes)].reason
            raise CollectError(
                f"No account could be looked at: {first}.",
                "Check the trust policies of the roles, the external id, and that your identity may assume them.",
            )
        return scopes

    def _look_at_own(self, entrance: Entrance, plan: Plan, pool: Executor) -> Scope:
        """The one account whose credentials are at hand."""
        scope = scope_of(self._session, self._recorder, entrance.account, self._options.regions)
        one = OneAccount(self._session, self._recorder, entrance.account, scope.opt_in)
        self._make_all(one, stages(plan.uses), pool, PHASE, self._look(entrance.account, scope))
        return scope

    def _look_at_several(self, entrances: Sequence[Entrance], plan: Plan, pool: Executor) -> dict[str, Scope]:
        at_once = max(1, min(len(entrances), self._options.workers // _CALLS_OF_ONE))
        drivers = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="account")
        ordered = stages(plan.uses)
        self._everybody = frozenset(entrance.account for entrance in entrances)
        begun: dict[Future[Scope], str] = {}
        try:
            for number, entrance in enumerate(entrances, start=1):
                phase = f"{PHASE} account {number} of {len(entrances)}"
                begun[drivers.submit(self._look_at_one, entrance, ordered, pool, phase)] = entrance.account
            scopes = {begun[future]: future.result() for future in as_completed(begun)}
        finally:
            drivers.shutdown(wait=False, cancel_futures=True)
        self._ask_owners({entrance.account: entrance for entrance in entrances}, scopes, ordered, pool)
        return scopes

    def _ask_owners(
        self,
        entrances: Mapping[str, Entrance],
        scopes: Mapping[str, Scope],
        ordered: Sequence[Sequence[Use]],
        pool: Executor,
    ) -> None:
        """Ask owners about what others name of them; those who name it, where nothing of the owner is looked at."""
        self._everybody = frozenset(account for account, scope in scopes.items() if not scope.reason)
        waiting: set[str] = set()
        for owner in self._named.owners:
            waiting |= {owner} if owner in self._everybody else set(self._named.by(owner)) & self._everybody
        while waiting:  # what is behind a thing that another account names may belong to a third one
            account = min(waiting)
            waiting.discard(account)
            waiting |= self._look_again(entrances[account], scopes[account], ordered, pool) - self._closed

    def _look_again(
        self, entrance: Entrance, scope: Scope, ordered: Sequence[Sequence[Use]], pool: Executor
    ) -> set[str]:
        """Make the calls of an account that were not made yet; the owners of what their answers name."""
        look = self._look(entrance.account, scope)
        so_far = look()
        made = {call.key for call in so_far.snapshot.calls}
        known = set(made)
        if not any(new_jobs(stage, so_far, known) for stage in ordered):
            return set()
        session = pool.submit(self._assume, entrance).result()
        if isinstance(session, Reply):
            self._closed.add(entrance.account)
            return set()
        one = OneAccount(session, self._recorder, entrance.account, scope.opt_in, made)
        self._make_all(one, ordered, pool, f"{PHASE} across accounts", look)
        grown = self._note(look(), ordered)
        self._recorder.writer.put_away(entrance.account)
        return grown

    def _note(self, look: Look, ordered: Sequence[Sequence[Use]]) -> set[str]:
        """Note what the answers of an account name of others; the owners of whatever is new."""
        with self._noting:
            return self._named.add(look, chain.from_iterable(ordered))

    def _look_at_one(self, entrance: Entrance, ordered: Sequence[Sequence[Use]], pool: Executor, phase: str) -> Scope:
        entered = pool.submit(self._enter, entrance).result()
        if isinstance(entered, Scope):
            self._tell(phase, 1, 1)
            return entered
        one, scope = entered
        look = self._look(entrance.account, scope)
        self._make_all(one, ordered, pool, phase, look)
        self._note(look(), ordered)
        self._recorder.writer.put_away(entrance.account)
        return scope

    def _enter(self, entrance: Entrance) -> tuple[OneAccount, Scope] | Scope:
        """The account with the Regions to look at; a scope with the reason when it cannot be entered."""
        session = self._assume(entrance)
        if isinstance(session, Reply):
            return Scope(reason=_not_assumed(entrance, session))
        if entrance.role and (refused := self._identify(session, entrance)):
            return refused
        try:
            scope = scope_of(session, self._recorder, entrance.account, self._options.regions)
        except CollectError as error:
            return Scope(reason=error.message.rstrip("."))
        # What chose the accounts was asked with the credentials of one of them.
        made = {call.key for call in self._look(entrance.account, scope)().snapshot.calls}
        return OneAccount(session, self._recorder, entrance.account, scope.opt_in, made), scope

    def _assume(self, entrance: Entrance) -> AwsSession | Reply:
        """A session in the account; the refusal of its role, which is written down, when there is none."""
        if not entrance.role:
            return self._session
        self._recorder.check()
        started = self._recorder.clock()
        assumed = assume(self._session, entrance.role, self._options)
        if isinstance(assumed, Reply):
            where = Target(self._session.global_region, {"RoleArn": entrance.role})
            self._recorder.record(entrance.account, ASSUME_ROLE, where, started, assumed)
        return assumed

    def _identify(self, session: AwsSession, entrance: Entrance) -> Scope | None:
        """Whether a role led into its account; a scope with the reason when AWS does not say so."""
        if entrance.account == self._run["caller"]["account"]:
            return None  # whose credentials were used to assume it is recorded, and of which account they are
        who = self._recorder.ask(session, entrance.account, _IDENTITY, Target(session.global_region, {}))
        if who.error is not None:
            return Scope(reason=f"AWS did not say whose credentials {entrance.role} gave: {who.error.code}")
        if str(who.pages[0]["Account"]) != entrance.account:
            raise CollectError(
                f"The role {entrance.role} gave credentials of another account.",
                "Check AWS_ENDPOINT_URL and the proxy.",
            )
        return None

    def _make_all(
        self,
        one: OneAccount,
        ordered: Sequence[Sequence[Use]],
        pool: Executor,
        phase: str,
        look: Callable[[], Look],
    ) -> None:
        one.make_all(ordered, look, pool, lambda done, total: self._tell(phase, done, total))

    def _look(self, account: str, scope: Scope) -> Callable[[], Look]:
        """Looks at what has been recorded so far of an account, as if it were the only one, beside the others."""
        run = {**self._run, "scope": {**self._run["scope"], "accounts": {account: scope.members}}}
        writer = self._recorder.writer
        others = self._everybody - {account}
        return lambda: Look(writer.snapshot(run, account), account, others, self._named.of(account))

    def _tell(self, phase: str, done: int, total: int) -> None:
        with self._shown:
            self._progress(phase, done, total)


def _not_assumed(entrance: Entrance, reply: Reply) -> str:
    code = reply.error.code if reply.error is not None else ""
    doubt = f" ({entrance.doubt})" if entrance.doubt else ""
    return f"the role {entrance.role} could not be assumed: {code}{doubt}"


def _run(
    plan: Plan, partition: str, caller: Mapping[str, Any], options: CollectOptions, started: datetime
) -> dict[str, Any]:
    """All of ``run.json`` but which accounts were looked at, and when that ended."""
    return {
        "schema": SCHEMA,
        "started": rfc3339(started),
        "partition": partition,
        "caller": {
            "account": str(caller["Account"]),
            "arn": str(caller.get("Arn", "")),
            "user_id": str(caller.get("UserId", "")),
        },
        "tool": {"name": "trailwitness", "version": __version__},
        "dependencies": versions(),
        "scope": {"asked": _asked(options)},
        "rules": sorted(str(rule) for rule in plan.rules),
        **({"declared_routes": dict(sorted(plan.declared.items()))} if plan.declared else {}),
    }


def _scope(scopes: Mapping[str, Scope], choice: Choice, options: CollectOptions) -> dict[str, Any]:
    skipped = {"skipped": dict(sorted(choice.skipped.items()))} if choice.skipped else {}
    joined = {entrance.account: rfc3339(entrance.joined) for entrance in choice.entrances if entrance.joined}
    accounts: dict[str, Any] = {}
    for account in sorted(scopes):
        since = {JOINED: joined[account]} if account in joined else {}
        accounts[account] = {**scopes[account].members, **since}
    return {"accounts": accounts, **skipped, "asked": _asked(options)}


def _asked(options: CollectOptions) -> dict[str, Any]:
    regions = sorted(set(options.regions)) or "enabled"
    return {"regions": regions, **_buckets(options), **told(options.accounts)}


def _buckets(options: CollectOptions) -> dict[str, list[str]]:
    from scanner.audit_path.places import BUCKET_OWNERS, EVIDENCE_BUCKETS  # late: not needed for the first call

    asked = {BUCKET_OWNERS: options.bucket_owners, EVIDENCE_BUCKETS: options.evidence_buckets}
    return {name: sorted(set(values)) for name, values in asked.items() if values}


def _partition_of(caller: Mapping[str, Any]) -> str:
    arn = parse_arn(caller.get("Arn"))
    return arn.partition if arn else ""


def _silent(_phase: str, _done: int, _total: int) -> None:
    """No progress is shown."""
