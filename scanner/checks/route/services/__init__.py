"""``check: service-route``: events of a service, such as findings, must travel from it to a person."""

from scanner.checks.route.services.judging import ServiceRouteJudge
from scanner.checks.route.services.needs import service_uses

__all__ = ["ServiceRouteJudge", "service_uses"]
