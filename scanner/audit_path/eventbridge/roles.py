"""The roles with which EventBridge sends to the targets of rules, as things that calls are made for.

Source: EventBridge User Guide, "IAM roles for sending events to targets"; IAM API reference, ``GetRole``.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from scanner.arns import Arn, global_region, parse_arn
from scanner.audit_path.eventbridge.buses import EVENT_RULES, TARGET_LISTING, rule_targets
from scanner.audit_path.members import text_member
from scanner.facts.uses import Look, Thing, Things, Use


def about_roles(rules: Things, *listings: Use) -> tuple[Use, ...]:
    """The calls about the roles with which rules send to their targets, which ``listings`` list."""
    return roles_named(rules.name, partial(_targets_roles, rules=rules), (*rules.named_by, *listings))


def roles_named(name: str, named: Callable[[Look], Iterable[str]], named_by: tuple[Use, ...]) -> tuple[Use, ...]:
    """The calls about the roles of this account among the ARNs that ``named`` finds in the answers so far."""
    roles = Things(f"{name}-role", partial(_roles, named=named), named_by)
    inline, attached = Use("iam.ListRolePolicies", per=roles), Use("iam.ListAttachedRolePolicies", per=roles)
    own = Things(f"{name}-role-policy", partial(_inline, roles=roles), (*named_by, inline))
    policies = Things(f"{name}-attached-policy", partial(_attached, roles=roles), (*named_by, attached))
    described = Use("iam.GetPolicy", per=policies)
    versions = Things(f"{name}-policy-version", partial(_versions, policies=policies), (*named_by, described))
    return (
        Use("iam.GetRole", per=roles),
        inline,
        attached,
        Use("iam.GetRolePolicy", per=own),
        described,
        Use("iam.GetPolicyVersion", per=versions),
    )


def role_name(arn: Arn) -> str:
    """How calls name a role: without the path of its ARN."""
    return arn.after("role/").rpartition("/")[2]


def _targets_roles(look: Look, rules: Things) -> Iterator[str]:
    for _, target in rule_targets(look, rules):
        yield text_member(target, "RoleArn")


def _roles(look: Look, named: Callable[[Look], Iterable[str]]) -> Iterator[Thing]:
    for arn in map(parse_arn, named(look)):
        if arn is not None and arn.account == look.account and role_name(arn):
            yield Thing(global_region(look.snapshot.partition), {"role": role_name(arn)})


def _inline(look: Look, roles: Things) -> Iterator[Thing]:
    for role in look.each(roles):
        asked = {"RoleName": role.facts["role"]}
        answer = look.snapshot.ask(look.account, role.region, "iam.ListRolePolicies", asked)
        for _, name in answer.items("PolicyNames"):
            yield Thing(role.region, {**role.facts, "policy": str(name)})


def _attached(look: Look, roles: Things) -> Iterator[Thing]:
    for role in look.each(roles):
        asked = {"RoleName": role.facts["role"]}
        answer = look.snapshot.ask(look.account, role.region, "iam.ListAttachedRolePolicies", asked)
        for _, policy in answer.items("AttachedPolicies"):
            if arn := text_member(policy, "PolicyArn"):
                yield Thing(role.region, {"policy": arn})


def _versions(look: Look, policies: Things) -> Iterator[Thing]:
    for policy in look.each(policies):
        asked = {"PolicyArn": policy.facts["policy"]}
        answer = look.snapshot.ask(look.account, policy.region, "iam.GetPolicy", asked)
        if version := text_member(answer.first.get("Policy"), "DefaultVersionId"):
            yield Thing(policy.region, {**policy.facts, "version": version})


ABOUT_ROLES = about_roles(EVENT_RULES, TARGET_LISTING)
