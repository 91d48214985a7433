"""Whether a snapshot holds every call that its collection had to make: answered, absent or refused, none left out."""

from collections.abc import Iterable, Iterator

from scanner.collect.fanout import targets
from scanner.collect.operations import OPERATIONS, SESSION, Operation
from scanner.collect.plan import stages, uses_for
from scanner.collect.regions import global_region
from scanner.model import Rule
from scanner.snapshot import Snapshot, call_key

_REGIONS = "ec2.DescribeRegions"


def unrecorded_calls(snapshot: Snapshot, rules: Iterable[Rule]) -> tuple[str, ...]:
    """The keys of the calls that a collection for the rules makes in this scope and that the snapshot does not hold.

    A refused call is recorded like any other, so one that is missing was taken out, or never made. Raises ContentError
    when a rule judges a resource type that the collector table does not know.
    """
    uses = stages(uses_for(rules))
    needed: set[str] = set()
    for account in snapshot.accounts:
        for operation in _session_operations(snapshot):
            region = global_region(snapshot.partition)
            needed.add(call_key(account, region, operation.name, operation.arguments))
        for use in (use for stage in uses for use in stage):
            found = targets(use, snapshot, account)
            needed |= {call_key(account, each.region, use.operation.name, each.arguments) for each in found}
    return tuple(sorted(needed - {call.key for call in snapshot.calls}))


def _session_operations(snapshot: Snapshot) -> Iterator[Operation]:
    """The calls that begin a collection. Which Regions are enabled is not asked when some were named."""
    asked = snapshot.run["scope"].get("asked", {}).get("regions")
    for name in SESSION:
        if name != _REGIONS or asked == "enabled":
            yield OPERATIONS[name]
