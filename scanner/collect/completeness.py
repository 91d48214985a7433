"""Whether a snapshot is what its collection gave: no call left out, and no statement that the calls disprove."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from scanner.arns import global_region
from scanner.aws.operations import OPERATIONS, SESSION, Operation
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.aws.regions import region_status
from scanner.collect.accounts import Choice, choose
from scanner.collect.asked import read
from scanner.collect.elsewhere import Named
from scanner.collect.organization import Organization
from scanner.collect.targets import targets
from scanner.errors import CollectError, UsageError
from scanner.facts.uses import Look, Use
from scanner.model import CallKey
from scanner.snapshot.answers import ABSENT, Answer, Call, CallError, Reply, Snapshot
from scanner.snapshot.run_json import JOINED, PARTS
from scanner.times import read_time, rfc3339

_REGIONS = "ec2.DescribeRegions"
_IDENTITY = "sts.GetCallerIdentity"
_ASSUME_ROLE = "sts.AssumeRole"
_STEP = timedelta(minutes=1)
"""How far the clock of a machine may be put back or on during a collection without a word; rules count in hours."""
_CALLER = {"account": "Account", "arn": "Arn", "user_id": "UserId"}
"""What ``run.json`` says of the caller -> the member of the answer that said it."""


def parts(snapshot: Snapshot) -> tuple[Snapshot, ...]:
    """The snapshots that one is joined of, each with its own calls; a snapshot of one collection alone."""
    runs = snapshot.run.get(PARTS) or [snapshot.run]
    return tuple(_part(snapshot, run) for run in runs) if len(runs) > 1 else (snapshot,)


def _part(snapshot: Snapshot, run: Mapping[str, Any]) -> Snapshot:
    caller = run.get("caller", {}).get("account", "")
    beside = {_IDENTITY, *ORGANIZATION_OPERATIONS} if caller not in run["scope"]["accounts"] else set()
    calls = [
        call
        for call in snapshot.calls
        if call.account in run["scope"]["accounts"] or (call.account == caller and call.operation in beside)
    ]
    return snapshot.limited(run, calls)


def unrecorded_calls(snapshot: Snapshot, uses: Collection[Use]) -> tuple[CallKey, ...]:
    """The keys of the calls that a collection of the uses makes in this scope and that the snapshot does not hold.

    A refused call is recorded like any other, so one that is missing was taken out, or never made.
    """
    return tuple(sorted(needed_calls(snapshot, uses) - {call.key for call in snapshot.calls}))


def unneeded_calls(snapshot: Snapshot, uses: Collection[Use]) -> tuple[CallKey, ...]:
    """The keys of the recorded calls that a collection of the uses in this scope does not make."""
    return tuple(sorted({call.key for call in snapshot.calls} - needed_calls(snapshot, uses)))


def needed_calls(snapshot: Snapshot, uses: Collection[Use]) -> set[CallKey]:
    """The keys of the calls that a collection of the uses makes in this scope."""
    needed = set(_choosing(snapshot).asked)
    entered = frozenset(account for account in snapshot.accounts if not snapshot.left_out(account))
    for account in snapshot.accounts:
        # Where a role is assumed a second time, that may be refused.
        needed |= {call.key for call in snapshot.made(account, _ASSUME_ROLE)}
        if account in entered:
            needed |= set(_session_calls(snapshot, account))
        else:
            needed |= {call.key for call in _refusals(snapshot, account)}
    named, waiting = Named(), set(entered)
    while waiting:  # an account is looked at again when another one names something of it
        account = min(waiting)
        look = Look(snapshot, account, entered - {account}, named.of(account))
        needed |= set(_calls_of(look, uses))
        waiting = (waiting - {account}) | named.add(look, uses)
    return needed


def _calls_of(look: Look, uses: Collection[Use]) -> Iterator[CallKey]:
    for use in uses:
        for each in targets(use, look):
            yield CallKey(look.account, each.region, use.operation, each.arguments)


def _session_calls(snapshot: Snapshot, account: str) -> Iterator[CallKey]:
    """The calls that begin looking at an account. Which Regions are enabled is not asked when some were named."""
    asked = snapshot.run["scope"].get("asked", {}).get("regions")
    for name in SESSION:
        if name != _REGIONS or asked == "enabled":
            yield CallKey(account, global_region(snapshot.partition), name, OPERATIONS[name].arguments)


def _refusals(snapshot: Snapshot, account: str) -> list[Call]:
    """The calls that show why nothing of an account was looked at: its role, or its first calls, were refused."""
    entering = snapshot.made(account, _ASSUME_ROLE)
    return [*entering, *(call for name in SESSION for call in snapshot.made(account, name))]


@dataclass(frozen=True, slots=True)
class _Choosing:
    """Which accounts the recorded answers of the organization give for what was asked, and the calls that say so.

    ``problem`` is why it cannot be told ("" when it can).
    """

    choice: Choice | None
    asked: frozenset[CallKey]
    problem: str = ""


def _choosing(snapshot: Snapshot) -> _Choosing:
    caller = str(snapshot.run.get("caller", {}).get("account", ""))
    region = global_region(snapshot.partition)
    asked: set[CallKey] = {CallKey(caller, region, _IDENTITY, OPERATIONS[_IDENTITY].arguments)} if caller else set()

    def ask(operation: Operation, arguments: Mapping[str, Any]) -> Reply:
        key = CallKey(caller, region, operation.name, arguments)
        asked.add(key)
        return _reply(snapshot.answer(key))

    try:
        wanted = read(snapshot.run["scope"].get("asked", {}))
        if not (caller and wanted.given):
            return _Choosing(None, frozenset(asked))
        organization = Organization(ask, caller)
        choice = choose(wanted, caller, snapshot.partition, organization, snapshot.collected_at)
    except (UsageError, CollectError) as error:
        return _Choosing(None, frozenset(asked), error.message.rstrip("."))
    return _Choosing(choice, frozenset(asked))


def _reply(answer: Answer) -> Reply:
    if answer.gap is not None:
        return Reply(error=CallError(answer.gap.kind, answer.gap.code, answer.gap.reason))
    return Reply(error=CallError(ABSENT, answer.code, "")) if answer.absent else Reply(pages=answer.pages)


def misstatements(snapshot: Snapshot) -> tuple[str, ...]:
    """Where the recorded calls contradict ``run.json`` about the caller, the scope or the time, as sentences."""
    found: list[str] = []
    for part in parts(snapshot):
        found += (*_caller(part), *_accounts(part), *_regions(part))
    return (*found, *_times(snapshot))


def _caller(snapshot: Snapshot) -> Iterator[str]:
    """Whoever collected, against AWS's own word."""
    stated = snapshot.run.get("caller", {})
    answer = snapshot.ask(
        stated.get("account", ""), global_region(snapshot.partition), _IDENTITY, OPERATIONS[_IDENTITY].arguments
    )
    for name, member in _CALLER.items():
        recorded = str(answer.first.get(member, ""))
        if answer.pages and stated.get(name, "") != recorded:
            said = f"the recorded {_IDENTITY} says {recorded!r}"
            yield f"run.json says that the caller's {name} is {stated.get(name)!r}; {said}"


def _accounts(snapshot: Snapshot) -> Iterator[str]:
    """The accounts in scope are those that were asked for; of one that was not looked at, a call says why."""
    for account in snapshot.accounts:
        if snapshot.left_out(account) and not _refusals(snapshot, account):
            yield (
                f"run.json says that account {account} was not looked at ({snapshot.left_out(account)}); no recorded "
                "call shows it"
            )
    found = _choosing(snapshot)
    if found.problem:
        yield f"which accounts were to be looked at does not follow from the recorded calls: {found.problem}"
    if found.choice is None:
        return
    chosen = {entrance.account for entrance in found.choice.entrances}
    for account in sorted(chosen.symmetric_difference(snapshot.accounts)):
        was, is_not = ("was to be looked at", "is not") if account in chosen else ("was not to be looked at", "is")
        yield f"account {account} {was}, as the recorded calls say, and it {is_not} in the scope of run.json"
    yield from _joined(snapshot, found.choice)
    for account in sorted(found.choice.skipped.keys() ^ snapshot.passed_over.keys()):
        yield f"run.json and the recorded calls do not agree on whether account {account} is out of scope"


def _joined(snapshot: Snapshot, choice: Choice) -> Iterator[str]:
    """When an account joined the organization, against the recorded listing; earlier versions did not state it."""
    for entrance in choice.entrances:
        recorded = rfc3339(entrance.joined) if entrance.joined else ""
        stated = snapshot.run["scope"]["accounts"].get(entrance.account, {}).get(JOINED)
        if stated is not None and stated != recorded:
            yield (
                f"run.json says that account {entrance.account} joined the organization at {stated}; "
                f"the recorded calls say {recorded or 'nothing of it'}"
            )


def _regions(snapshot: Snapshot) -> Iterator[str]:
    """Where every enabled Region was asked for, the scope holds those that EC2 names as enabled, and skips no other."""
    if snapshot.run["scope"].get("asked", {}).get("regions") != "enabled":
        return
    for account in snapshot.accounts:
        listed = snapshot.ask(account, global_region(snapshot.partition), _REGIONS, OPERATIONS[_REGIONS].arguments)
        status = region_status(listed.pages) if listed.pages else None
        enabled = {region for region, word in (status or {}).items() if word != "not-opted-in"}
        for region in sorted(enabled - set(snapshot.regions(account))):
            yield (
                f"Region {region} of account {account} is enabled, as the recorded {_REGIONS} says, every enabled "
                "Region was to be looked at, and it is not in the scope of run.json"
            )


def _times(snapshot: Snapshot) -> Iterator[str]:
    """The first call begins the collection, the time that every age is counted to; the last was made before its end."""
    times = [read_time(call.started) for call in snapshot.calls]
    started, finished = (snapshot.run.get(name, "") for name in ("started", "finished"))
    if times and abs(min(times) - snapshot.collected_at) > _STEP:
        yield f"run.json says that the collection began at {started}; its first call was made at {rfc3339(min(times))}"
    if times and finished and max(times) - read_time(finished) > _STEP:
        yield f"run.json says that the collection ended at {finished}; its last call was made at {rfc3339(max(times))}"
