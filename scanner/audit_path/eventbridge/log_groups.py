"""The log groups that EventBridge rules send to, as things that calls are made for.

Each is asked about in the account that owns it. Source: CloudWatch Logs API reference, ``DescribeResourcePolicies``
(those of a Region, and with ``policyScope`` those attached to one log group).
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from scanner.arns import Arn
from scanner.facts.uses import Look, Thing, Things, Use

LOG_GROUPS, POLICIES = "logs.DescribeLogGroups", "logs.DescribeResourcePolicies"

Named = Callable[[Look], Iterable[tuple[str, Arn]]]
"""Finds the places that something sends to, each with the Region of what sends there."""


def about_log_groups(name: str, named: Named, named_by: tuple[Use, ...]) -> tuple[Use, ...]:
    """The calls about those of the places that are log groups."""
    groups, regions, attached = (
        Things(f"{name}-{kind}", partial(_each, named=named, thing=thing), named_by)
        for kind, thing in (("log-group", _group), ("log-region", _region), ("log-policies", _attached))
    )
    return Use(LOG_GROUPS, per=groups), Use(POLICIES, per=regions), Use(POLICIES, per=attached)


def log_group_name(arn: Arn) -> str:
    """The name of the log group of an ARN, "" for something else."""
    return arn.named("log-group:") if arn.service == "logs" else ""


def log_group_arn(arn: Arn) -> str:
    """The ARN of a log group without what may come behind its name."""
    return str(Arn(arn.partition, arn.service, arn.region, arn.account, f"log-group:{log_group_name(arn)}"))


def _each(look: Look, named: Named, thing: Callable[[Arn], Thing]) -> Iterator[Thing]:
    for _, arn in named(look):
        if log_group_name(arn) and (arn.account == look.account or arn.account in look.others):
            yield thing(arn)


def _group(arn: Arn) -> Thing:
    return Thing(arn.region, {"group": log_group_name(arn)}, owner=arn.account)


def _region(arn: Arn) -> Thing:
    return Thing(arn.region, owner=arn.account)


def _attached(arn: Arn) -> Thing:
    return Thing(arn.region, besides={"policyScope": "RESOURCE", "resourceArn": log_group_arn(arn)}, owner=arn.account)
