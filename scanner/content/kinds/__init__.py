"""The kinds of check: how each is read, proved and described. Who judges it is in ``scanner.checks``."""

from collections.abc import Mapping
from typing import Any

from scanner.content.kinds import log_events, period, resource, route, service_route
from scanner.content.kinds.kind import CheckKind
from scanner.model import Check

__all__ = ["KINDS", "CheckKind", "kind_of"]

KINDS: Mapping[str, CheckKind[Any]] = {
    "resource": resource.KIND,
    "route": route.KIND,
    "service-route": service_route.KIND,
    "log-events": log_events.KIND,
    "period": period.KIND,
}
"""The kinds by what a rule file writes under ``check``."""

_BY_CLASS: Mapping[type[Check], CheckKind[Any]] = {kind.check: kind for kind in KINDS.values()}


def kind_of(check: Check) -> CheckKind[Any]:
    """The kind that a check is of."""
    return _BY_CLASS[type(check)]
