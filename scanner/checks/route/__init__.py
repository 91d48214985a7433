"""``check: route``: every event of a rule must travel from a trail to a person, each link judged."""

from scanner.checks.route.comparison import Proofs, required_events
from scanner.checks.route.judging import DEFAULT_DELIVERY_AGE, RouteJudge

__all__ = ["DEFAULT_DELIVERY_AGE", "Proofs", "RouteJudge", "required_events"]
