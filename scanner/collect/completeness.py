"""Whether a snapshot is what its collection gave: no call left out, and no statement that the calls disprove."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from scanner.arns import global_region
from scanner.aws.operations import OPERATIONS, SESSION, Operation
from scanner.aws.regions import region_status
from scanner.collect.targets import targets
from scanner.facts.uses import Look, Use
from scanner.model import CallKey
from scanner.snapshot.answers import Snapshot
from scanner.times import read_time, rfc3339

_REGIONS = "ec2.DescribeRegions"
_IDENTITY = "sts.GetCallerIdentity"
_STEP = timedelta(minutes=1)
"""How far the clock of a machine may be put back or on during a collection without a word; rules count in hours."""
_CALLER = {"account": "Account", "arn": "Arn", "user_id": "UserId"}
"""What ``run.json`` says of the caller -> the member of the answer that said it."""


def unrecorded_calls(snapshot: Snapshot, uses: Collection[Use]) -> tuple[CallKey, ...]:
    """The keys of the calls that a collection of the uses makes in this scope and that the snapshot does not hold.

    A refused call is recorded like any other, so one that is missing was taken out, or never made.
    """
    return tuple(sorted(_needed(snapshot, uses) - {call.key for call in snapshot.calls}))


def unneeded_calls(snapshot: Snapshot, uses: Collection[Use]) -> tuple[CallKey, ...]:
    """The keys of the recorded calls that a collection of the uses in this scope does not make."""
    return tuple(sorted({call.key for call in snapshot.calls} - _needed(snapshot, uses)))


def _needed(snapshot: Snapshot, uses: Collection[Use]) -> set[CallKey]:
    needed: set[CallKey] = set()
    for account in snapshot.accounts:
        for operation in _session_operations(snapshot):
            region = global_region(snapshot.partition)
            needed.add(CallKey(account, region, operation.name, operation.arguments))
        look = Look(snapshot, account)
        for use in uses:
            for each in targets(use, look):
                needed.add(CallKey(account, each.region, use.operation, each.arguments))
    return needed


def misstatements(snapshot: Snapshot) -> tuple[str, ...]:
    """Where the recorded calls contradict ``run.json`` about the caller, the scope or the time, as sentences."""
    return (*_caller(snapshot), *_regions(snapshot), *_times(snapshot))


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


def _session_operations(snapshot: Snapshot) -> Iterator[Operation]:
    """The calls that begin a collection. Which Regions are enabled is not asked when some were named."""
    asked = snapshot.run["scope"].get("asked", {}).get("regions")
    for name in SESSION:
        if name != _REGIONS or asked == "enabled":
            yield OPERATIONS[name]
