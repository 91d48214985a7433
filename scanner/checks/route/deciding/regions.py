"""Which of a rule's events can happen in an account and Region, as a pattern of those that need not be asked for there.

CloudTrail records the events of some global services in one Region of a partition and nowhere else. Source: CloudTrail
User Guide, "Global service events" (since November 2021 they are recorded in the Region they were created in).
"""

from collections.abc import Iterable

from scanner.pattern import And, Atom, Compare, Expr, JsonPattern, NotExists, Or, Pattern, Selector, Text, any_of
from scanner.recording.recorded_events import GLOBAL_SOURCES, Condition

_SOURCE = Selector(("eventSource",))
_RECIPIENT = Selector(("recipientAccountId",))

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


def of_other_accounts(account: str, conditions: Iterable[Pattern | Condition | None]) -> JsonPattern | None:
    """The events that other accounts receive, when a filter or alarm looks at the receiving account; None otherwise.

    A rule asks for the events of the account that is judged. Those carry its id in ``recipientAccountId``: a filter
    of an organization's log group that names it loses none of them, and neither does an alarm on the value of a
    dimension that it fills.
    """
    exprs = (each.expr if isinstance(each, JsonPattern) else each for each in conditions)
    looked_at = any(isinstance(expr, Expr) and any(map(_names_recipient, _atoms(expr))) for expr in exprs)
    return JsonPattern(Compare(_RECIPIENT, "!=", Text(account))) if looked_at else None


def _names_recipient(atom: Atom) -> bool:
    return atom.selector == _RECIPIENT


def _atoms(expr: Expr) -> list[Atom]:
    found: list[Atom] = []
    waiting: list[Expr] = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting += node.parts
        else:
            found.append(node)
    return found


def either(one: JsonPattern | None, other: JsonPattern | None) -> JsonPattern | None:
    """The events of either pattern."""
    if one is None or other is None:
        return one or other
    return JsonPattern(any_of([one.expr, other.expr]))
