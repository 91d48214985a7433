"""Whether CloudTrail can deliver to a log group with the role that a trail names.

Sources: CloudTrail User Guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring" and
"CloudWatch log group and log stream naming for CloudTrail".
"""

from collections.abc import Iterator, Mapping

from scanner.arns import global_region, parse_arn
from scanner.audit_path.eventbridge.roles import role_name, roles_named
from scanner.audit_path.places import TRAIL_LISTING
from scanner.audit_path.stores import VisibleTrail, log_group_arn, visible_trails
from scanner.facts.facts import Facts, undecided
from scanner.facts.rows import Field
from scanner.facts.uses import Look
from scanner.model import GapKind, Outcome
from scanner.resources.roles.role_use import Assumer, RoleUse, service_role_use
from scanner.resources.roles.roles import role_of
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, own_organization
from scanner.snapshot.answers import Snapshot

_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_CREATE, _PUT = "logs:CreateLogStream", "logs:PutLogEvents"

LOGS_ROLE_FIELDS = ("OwnLogsRole", "LogsRoleUsable", "LogsRoleFault")
"""The fields that ``take_logs_role`` puts in, which are about the account whose row it is."""


def _named(look: Look) -> Iterator[str]:
    for trail in visible_trails(look.snapshot, look.account).trails:
        yield _own_role(trail, look.account)


_ROLES = roles_named("logs-delivery", _named, (TRAIL_LISTING,))


def _own_role(trail: VisibleTrail, account: str) -> str:
    """The role of a trail's delivery to a log group, where trail and role are the account's; "" for any other."""
    role = trail.text("CloudWatchLogsRoleArn")
    arn = parse_arn(role)
    own = trail.account == account and arn is not None and arn.account == account and role_name(arn)
    return role if own and log_group_arn(trail.text("CloudWatchLogsLogGroupArn")) else ""


def take_logs_role(facts: Facts, snapshot: Snapshot, account: str, trail: VisibleTrail) -> None:
    """Put in whether CloudTrail can use the role; a gap where that is not decided."""
    role = _own_role(trail, account)
    facts.data["OwnLogsRole"] = role or None
    if not role:
        facts.data["LogsRoleUsable"] = facts.data["LogsRoleFault"] = None
        return
    use = _use(snapshot, account, trail, role)
    arn = parse_arn(role)
    asked = {"RoleName": role_name(arn) if arn is not None else ""}
    answer = snapshot.ask(account, global_region(snapshot.partition), "iam.GetRole", asked)
    if use.verdict is Outcome.UNKNOWN and answer.gap is None:
        answer = undecided(answer, f"{use.reason[:1].upper()}{use.reason[1:]}", GapKind.ERROR)
    facts.take("LogsRoleUsable", use.verdict is Outcome.PASS, answer)
    facts.take("LogsRoleFault", use.reason or None, answer)
    for name in ("LogsRoleUsable", "LogsRoleFault"):
        if name in facts.cites:
            facts.cites[name] = use.sources


def _use(snapshot: Snapshot, account: str, trail: VisibleTrail, role: str) -> RoleUse:
    """The first of what the role is needed for that it cannot be used for; else what is not decided."""
    found = [_allowed(snapshot, account, trail, role, stream) for stream in _streams(snapshot, account, trail)]
    for verdict in (Outcome.FAIL, Outcome.UNKNOWN):
        for use in found:
            if use.verdict is verdict:
                return use
    return found[0]


def _streams(snapshot: Snapshot, account: str, trail: VisibleTrail) -> Iterator[str]:
    """The log streams that CloudTrail makes for a trail, by how their ARNs begin; "" for those that are not known."""
    group = log_group_arn(trail.text("CloudWatchLogsLogGroupArn"))
    yield f"{group}:log-stream:{trail.account}_CloudTrail_{trail.region}*"
    if trail.data.get("IsOrganizationTrail") is True:
        organization = own_organization(snapshot, account).first.get("Organization")
        known = organization.get("Id") if isinstance(organization, Mapping) else None
        yield f"{group}:log-stream:{known}_*" if known else ""


def _allowed(snapshot: Snapshot, account: str, trail: VisibleTrail, role: str, stream: str) -> RoleUse:
    if not stream:
        reason = "which log streams the organization's trail writes to is not known: its organization is not told"
        return RoleUse(Outcome.UNKNOWN, reason)
    found = role_of(snapshot, account, role)
    # Whether CloudTrail tells for which trail it assumes the role is not documented.
    by = Assumer(_CLOUDTRAIL, "CloudTrail", (trail.arn,), naming=False)
    put = service_role_use(found, role, _PUT, stream, by, {})
    made = service_role_use(found, role, _CREATE, stream, by, {})
    if made.verdict is Outcome.FAIL and made.lack is not None and made.lack.action == _CREATE:
        group = stream.partition(":log-stream:")[0]
        if service_role_use(found, role, _CREATE, group, by, {}).verdict is not Outcome.FAIL:
            reason = f"{made.reason}, and not on the log group alone; which of them is asked for is not documented"
            made = RoleUse(Outcome.UNKNOWN, reason, made.sources)
    return next((use for use in (put, made) if use.verdict is Outcome.FAIL), put if put.reason else made)


LOGS_ROLE: Mapping[str, Field] = {
    "OwnLogsRole": Field(
        "ARN of the role with which it delivers to a log group, where trail and role are the scanned account's; null "
        "otherwise."
    ),
    "LogsRoleUsable": Field(
        "Whether that role exists, trusts CloudTrail and may by its own policies make the trail's log streams and "
        "write to them; not known where the policies do not decide it, null without such a role.",
        calls=(*_ROLES, DESCRIBE_ORGANIZATION),
    ),
    "LogsRoleFault": Field(
        "Why CloudTrail cannot use it, in words; null when it can.", calls=(*_ROLES, DESCRIBE_ORGANIZATION)
    ),
}
"""Fields of ``cloudtrail.trail``."""
