"""One module per kind of check: a rule, a snapshot and an account in, findings out; log events have their own."""

from collections.abc import Callable, Collection, Iterator, Mapping

from scanner.checks import resource, route
from scanner.model import Check, Finding, JsonValue, ResourceCheck, RouteCheck, Rule, RuleId
from scanner.snapshot.answers import Snapshot

Judge = Callable[[Rule, Snapshot, str, Mapping[str, JsonValue], Collection[RuleId]], Iterator[Finding]]
"""``judge(rule, snapshot, account, parameters, beside)``.

``parameters`` holds every parameter of the rule, ``beside`` the rules that are judged in the same run.
"""

CHECKS: Mapping[type[Check], Judge] = {
    ResourceCheck: resource.judge,
    RouteCheck: route.judge,
}
"""Who judges a rule over a snapshot. ``LogEventsCheck`` is not here: ``log_events.judge`` needs records instead."""
