"""One module per kind of check: a rule, a snapshot and an account in, findings out; log events have their own."""

from collections.abc import Callable, Iterator, Mapping

from scanner.checks import resource, route
from scanner.model import Check, Finding, JsonValue, ResourceCheck, RouteCheck, Rule
from scanner.snapshot import Snapshot

Judge = Callable[[Rule, Snapshot, str, Mapping[str, JsonValue]], Iterator[Finding]]
"""``judge(rule, snapshot, account, parameters)``; ``parameters`` holds every parameter of the rule."""

CHECKS: Mapping[type[Check], Judge] = {
    ResourceCheck: resource.judge,
    RouteCheck: route.judge,
}
"""Who judges a rule over a snapshot. ``LogEventsCheck`` is not here: ``log_events.judge`` needs records instead."""
