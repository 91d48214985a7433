"""Which of a rule's events can happen in a Region, as a pattern of those that need not be asked for there.

CloudTrail records the events of some global services in one Region of a partition and nowhere else. Source: CloudTrail
User Guide, "Global service events" (since November 2021 they are recorded in the Region they were created in).
"""

from scanner.checks.route.recording import GLOBAL_SOURCES
from scanner.pattern import And, Compare, JsonPattern, NotExists, Or, Selector, Text

_SOURCE = Selector(("eventSource",))

_REGIONAL_TOO = frozenset({"signin.amazonaws.com", "sts.amazonaws.com"})
"""Global services that have endpoints in other Regions too, whose events are recorded there."""


def not_asked_for(region: str, leading: str, *, in_scope: bool) -> JsonPattern | None:
    """The events that are not looked for in a Region; None when all are.

    ``leading`` is the Region that records global services. Outside it these do not happen; when it is not in scope
    itself, nothing but their events is looked for there.
    """
    if region != leading:
        only = [source for source in GLOBAL_SOURCES if source not in _REGIONAL_TOO]
        return JsonPattern(Or(tuple(Compare(_SOURCE, "=", Text(source)) for source in only)))
    if in_scope:
        return None
    others = And(tuple(Compare(_SOURCE, "!=", Text(source)) for source in GLOBAL_SOURCES))
    return JsonPattern(Or((others, NotExists(_SOURCE))))
