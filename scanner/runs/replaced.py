"""Whether answers that no rule of a scan judges tell the same when values in them were replaced.

A period is assessed by them: what alarms did and what their topics delivered, and how evidence buckets keep reports.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from scanner.audit_path.histories.alarm_history import (
    actions_done,
    alarm_actions,
    alarm_history,
    history_items,
    states_entered,
)
from scanner.audit_path.histories.deliveries import deliveries
from scanner.errors import UsageError
from scanner.runs.periods.evidence_buckets import stores_in
from scanner.snapshot.answers import Snapshot

Told = tuple[str, object]
"""Where something is told of, and what."""


def check_beside(before: Snapshot, after: Snapshot, replaced: Callable[[str], str]) -> None:
    """Refuse what changes the histories of alarms or what is known of evidence buckets. Raises UsageError."""
    was, now = Counter(_told(before, replaced)), Counter(_told(after, str))
    changed = sorted(where for where, _ in (was - now) + (now - was))
    if changed:
        raise UsageError(
            f"Replacing these values would change what is known of {changed[0]}.",
            "Nothing was written. Choose other values: assess judges a period by these.",
        )


def _told(snapshot: Snapshot, replaced: Callable[[str], str]) -> Iterator[Told]:
    for account in snapshot.accounts:
        for region in snapshot.regions(account):
            where = f"the alarms in {replaced(account)}/{region}"
            yield from ((where, each) for each in _history(snapshot, account, region, replaced))
    for store in stores_in(snapshot):
        name = replaced(store.name)
        same = replace(store, account=replaced(store.account), name=name, unknown=str(bool(store.unknown)))
        yield f"evidence bucket {name}", replace(same, loss_rule=replaced(store.loss_rule))


def _history(snapshot: Snapshot, account: str, region: str, replaced: Callable[[str], str]) -> Iterator[object]:
    for alarm, moment, state in states_entered(history_items(alarm_history(snapshot, account, region))):
        yield replaced(alarm), moment, state
    for alarm, moment, target in actions_done(history_items(alarm_actions(snapshot, account, region))):
        yield replaced(alarm), moment, replaced(target)
    for each in deliveries(snapshot, account, region):
        yield replaced(each.topic), each.at, each.notifications
