"""What the audit logs of an account rest on and somebody of the account may change: its trails, log groups, buckets.

And the alarms that tell of what the log groups show. What may exist beside what was seen is a gap of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.audit_path.places import BUCKETS
from scanner.audit_path.stores import VisibleTrail, audit_log_groups, event_log_groups
from scanner.audit_path.watching import audit_alarms
from scanner.facts.uses import Use
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.policies.statements import policy_object
from scanner.resources.storage.lifecycle import log_keys
from scanner.resources.storage.listing import listed_buckets
from scanner.resources.trails.organizations import describe_organization, trail_administrators
from scanner.resources.trails.worlds import regions_left_out
from scanner.snapshot.answers import Answer, Snapshot

BUCKET_POLICY = Use("s3.GetBucketPolicy", per=BUCKETS)

Things = dict[str, dict[str, Any]]
"""Objects ``{Arn, Policy}`` by their ARN; ``Policy`` is what the thing has itself, or None."""


@dataclass(slots=True)
class AuditPath:
    """What was seen, by the name of its field, the answers that show it, and ``gaps``, behind which there may be more.

    The policy of a bucket takes back what those of a user allow: a bucket whose policy is not known is left out.
    """

    things: Mapping[str, Things] = field(
        default_factory=lambda: {
            name: {} for name in ("OwnTrails", "AuditLogGroups", "OwnLogBuckets", "OwnLogFiles", "AuditAlarms")
        }
    )
    sources: list[Source] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, name: str, arn: str, policy: Any = None) -> None:
        """Add a thing, once."""
        self.things[name][arn] = {"Arn": arn, "Policy": policy}

    def note(self, *answers: Answer) -> None:
        """Note answers, and the gaps that they leave."""
        self.sources += [Source(answer.key, "") for answer in answers]
        self.gaps += [answer.gap for answer in answers if answer.gap is not None]


def audit_path(snapshot: Snapshot, account: str) -> AuditPath:
    """The audit path of an account, as far as it was looked at."""
    found = AuditPath()
    seen = audit_alarms(snapshot, account)
    trails = seen.visible.trails
    found.sources += [trail.source for trail in trails]
    found.gaps += [*seen.visible.gaps, *seen.gaps, *_elsewhere(snapshot, account)]
    _add_trails(found, snapshot, account, trails)
    events = event_log_groups(snapshot, account)
    found.sources += events.listings
    found.gaps += events.gaps
    for group in (*audit_log_groups(seen.visible), *events.groups):
        if group.account == account:
            # Actions on a log group are asked for on this ARN (CloudWatch Logs User Guide, "Resources and operations").
            found.add("AuditLogGroups", f"{group.arn}:*")
    _add_buckets(found, snapshot, account, trails)
    for alarm, cited in seen.notifying():
        named = f"arn:{snapshot.partition}:cloudwatch:{alarm.region}:{account}:alarm:{alarm.name}"
        found.add("AuditAlarms", named if alarm.arn is None else str(alarm.arn))
        found.sources += cited
    return found


def _elsewhere(snapshot: Snapshot, account: str) -> Iterable[Gap]:
    """The gap that Regions leave which were not looked at: there may be trails of their own."""
    _, reason = regions_left_out(snapshot, account, snapshot.regions(account))
    if reason:
        yield Gap(key=CallKey(account, "", "cloudtrail.DescribeTrails"), kind=GapKind.OUT_OF_SCOPE, reason=reason)


def _add_trails(found: AuditPath, snapshot: Snapshot, account: str, trails: Iterable[VisibleTrail]) -> None:
    """The trails that somebody of the account may stop: its own, and those of an organization whose trails it manages.

    Members cannot change the trail of their organization, whatever their policies say. Source: CloudTrail User Guide,
    "Creating a trail for an organization" and "Organization delegated administrator".
    """
    others: list[VisibleTrail] = []
    for trail in trails:
        if trail.account == account:
            found.add("OwnTrails", trail.arn)
        elif trail.data.get("IsOrganizationTrail") is True:
            others.append(trail)
    if not others:
        return
    organization = describe_organization(snapshot, account)
    administrators, answers = trail_administrators(snapshot, account)
    found.note(*((organization,) if organization.absent else map(_with_advice, answers)))
    if account in administrators:
        for trail in others:
            found.add("OwnTrails", trail.arn)


def _with_advice(answer: Answer) -> Answer:
    """The answer, with what to do where nobody asked the management account for it."""
    if answer.gap is None or answer.gap.kind is not GapKind.NOT_COLLECTED:
        return answer
    told = f"only the management account {answer.account} is told who may change the trail of the organization"
    return answer.without(replace(answer.gap, reason=f"{answer.gap.reason}; {told}: scan that account too"))


def _add_buckets(found: AuditPath, snapshot: Snapshot, account: str, trails: Iterable[VisibleTrail]) -> None:
    """The buckets of the account that trails deliver to, and their log objects as patterns."""
    by_name: dict[str, list[VisibleTrail]] = {}
    for trail in trails:
        if name := trail.text("S3BucketName"):
            by_name.setdefault(name, []).append(trail)
    if not by_name:
        return
    own = listed_buckets(snapshot, account)
    found.note(own.answer)
    for name, delivering in by_name.items():
        if name not in own.regions:
            continue
        policy = snapshot.ask(account, delivering[0].region, BUCKET_POLICY.operation, {"Bucket": name})
        found.note(policy)
        if policy.gap is not None:
            continue
        document = policy_object(policy.first.get("Policy"))
        arn = f"arn:{snapshot.partition}:s3:::{name}"
        found.add("OwnLogBuckets", arn, document)
        for keys in log_keys(delivering):
            found.add("OwnLogFiles", f"{arn}/{keys.prefix}*", document)
