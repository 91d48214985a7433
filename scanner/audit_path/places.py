"""Where audit logs are kept, as things that calls are made for: trails, their buckets, log groups and Regions.

Each is read from what :mod:`scanner.audit_path.stores` says of the answers recorded so far. What an answer names is
asked for in the Region that can answer: a trail in its home Region.
"""

from collections.abc import Iterator
from functools import partial

from scanner.arns import global_region, parse_arn
from scanner.audit_path.event_log_groups import PREFIX
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import (
    AuditLogGroup,
    VisibleTrail,
    audit_log_groups,
    event_log_groups,
    managed_log_groups,
    visible_trails,
    watched_log_groups,
)
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.snapshot.answers import Snapshot

EVIDENCE_BUCKETS = "evidence_buckets"
"""Where the scope of ``run.json`` holds the buckets that were named as keeping reports and records of reviews."""

BUCKET_OWNERS = "bucket_owners"
"""Where the scope of ``run.json`` holds the accounts that were named as possible owners of log buckets."""


def _account(look: Look) -> Iterator[Thing]:
    yield Thing(global_region(look.snapshot.partition))


def _regions(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        yield Thing(region)


ACCOUNT = Things("account", _account)
"""The account, in the partition's global Region."""

REGIONS = Things("region", _regions)
"""Each Region in scope."""

TRAIL_LISTING = Use("cloudtrail.DescribeTrails", per=REGIONS)


def _trails(look: Look) -> Iterator[Thing]:
    for trail in visible_trails(look.snapshot, look.account).trails:
        yield Thing(trail.region, {"trail": trail.arn})


TRAILS = Things("trail", _trails, (TRAIL_LISTING,))
"""Each trail, in its home Region."""

TRAIL_STATUS = Use("cloudtrail.GetTrailStatus", per=TRAILS)


def _buckets(look: Look) -> Iterator[Thing]:
    # Trails come by ARN: a bucket is asked for in the home Region of the first one that delivers to it.
    seen: set[str] = set()
    for trail in visible_trails(look.snapshot, look.account).trails:
        bucket = trail.text("S3BucketName")
        if bucket and bucket not in seen:
            seen.add(bucket)
            yield Thing(trail.region, {"bucket": bucket})


def _bucket_owners(look: Look) -> Iterator[Thing]:
    owners = (look.snapshot.run["scope"].get("asked") or {}).get(BUCKET_OWNERS, ())
    for thing in look.each(BUCKETS):
        for owner in owners:
            if owner != look.account:
                yield Thing(thing.region, thing.facts, {"ExpectedBucketOwner": owner})


def named_key(key: str, otherwise: str) -> Iterator[Thing]:
    """A KMS key, in the Region of its ARN, else in that of what names it; nothing when none is named."""
    if key:
        arn = parse_arn(key)
        yield Thing((arn.region if arn else "") or otherwise, {"key": key}, owner=arn.account if arn else "")


def about_keys(keys: Things) -> tuple[Use, Use]:
    """The calls about some KMS keys: themselves, and their policies."""
    described = Use("kms.DescribeKey", per=keys)
    arns = Things(f"{keys.name}-arn", partial(_key_arns, keys=keys), (*keys.named_by, described))
    return described, Use("kms.GetKeyPolicy", per=arns)


def _key_arns(look: Look, keys: Things) -> Iterator[Thing]:
    # A key may be named by an alias; its policy is only given by its id or ARN.
    for thing in look.each(keys):
        answer = look.snapshot.ask(look.account, thing.region, "kms.DescribeKey", {"KeyId": thing.facts["key"]})
        if arn := text_member(answer.first.get("KeyMetadata"), "Arn"):
            yield Thing(thing.region, {"key": arn})


BUCKETS = Things("bucket", _buckets, (TRAIL_LISTING,))
"""Each bucket that a trail delivers to."""

BUCKET_OWNERSHIPS = Things("bucket-owner", _bucket_owners, (TRAIL_LISTING,))
"""Each of them with each account that was named as a possible owner; the account itself is asked about anyway."""

HEAD_BUCKET = Use("s3.HeadBucket", per=BUCKETS)
BUCKET_ENCRYPTION = Use("s3.GetBucketEncryption", per=BUCKETS)


def own_log_groups(snapshot: Snapshot, account: str) -> tuple[AuditLogGroup, ...]:
    """The log groups of this account that visible trails deliver to."""
    groups = audit_log_groups(visible_trails(snapshot, account))
    return tuple(group for group in groups if group.account == account)


def _log_groups(look: Look) -> Iterator[Thing]:
    for group in own_log_groups(look.snapshot, look.account):
        if group.region:
            yield Thing(group.region, {"group": group.name})


def _filled_log_groups(look: Look) -> Iterator[Thing]:
    for group in own_log_groups(look.snapshot, look.account):
        if group.region and not all(_is_stopped(look.snapshot, look.account, trail) for trail in group.trails):
            yield Thing(group.region, {"group": group.name})


def _is_stopped(snapshot: Snapshot, account: str, trail: VisibleTrail) -> bool:
    """Whether a trail fills nothing for certain: its status says so."""
    status = snapshot.ask(account, trail.region, TRAIL_STATUS.operation, {"Name": trail.arn})
    return status.first.get("IsLogging") is False


LOG_GROUPS = Things("log-group", _log_groups, (TRAIL_LISTING,))
"""Each log group of this account that a trail delivers to."""

FILLED_LOG_GROUPS = Things("filled-log-group", _filled_log_groups, (TRAIL_LISTING, TRAIL_STATUS))
"""Those of them whose trails are not all stopped."""

LOG_GROUP_LISTING = Use("logs.DescribeLogGroups", per=LOG_GROUPS)
FILTER_LISTING = Use("logs.DescribeMetricFilters", per=LOG_GROUPS)


def _event_log_listings(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        yield Thing(region, {"group": PREFIX})


EVENT_LOG_LISTINGS = Things("event-log-listing", _event_log_listings)
"""Each Region in scope, for the log groups that CloudTrail events enter without a trail."""

EVENT_LOG_GROUP_LISTING = Use("logs.DescribeLogGroups", per=EVENT_LOG_LISTINGS)


def _event_log_groups(look: Look) -> Iterator[Thing]:
    for group in event_log_groups(look.snapshot, look.account).groups:
        yield Thing(group.region, {"group": group.name})


EVENT_LOG_GROUPS = Things("event-log-group", _event_log_groups, (EVENT_LOG_GROUP_LISTING,))
"""Each log group that CloudTrail events enter without a trail."""


def _managed_log_groups(look: Look) -> Iterator[Thing]:
    for group in managed_log_groups(look.snapshot, look.account):
        yield Thing(group.region, {"group": group.name})


MANAGED_LOG_GROUPS = Things("managed-log-group", _managed_log_groups, (EVENT_LOG_GROUP_LISTING,))
"""Those of them that are for management events."""

FILTER_LISTINGS = (FILTER_LISTING, Use("logs.DescribeMetricFilters", per=MANAGED_LOG_GROUPS))
"""The metric filters of every log group of management events."""


def _both_kinds(look: Look) -> Iterator[AuditLogGroup]:
    for group in (*own_log_groups(look.snapshot, look.account), *event_log_groups(look.snapshot, look.account).groups):
        if group.region:
            yield group


def _log_group_policies(look: Look) -> Iterator[Thing]:
    for group in _both_kinds(look):
        yield Thing(group.region, besides={"policyScope": "RESOURCE", "resourceArn": group.arn})


def _log_regions(look: Look) -> Iterator[Thing]:
    for group in _both_kinds(look):
        yield Thing(group.region)


LOG_GROUP_POLICIES = Things("log-group-policy", _log_group_policies, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING))
"""Each log group of either kind, for the policy attached to it."""

LOG_REGIONS = Things("log-region", _log_regions, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING))
"""Each Region with a log group of either kind."""


def _alarm_regions(look: Look) -> Iterator[Thing]:
    for group in watched_log_groups(look.snapshot, look.account, visible_trails(look.snapshot, look.account)):
        if group.region:
            yield Thing(group.region)


ALARM_REGIONS = Things("alarm-region", _alarm_regions, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING))
"""Each Region with a log group, of any account, that a trail delivers to, or that management events enter without."""


def evidence_buckets(snapshot: Snapshot) -> tuple[str, ...]:
    """The buckets that were named as keeping reports and records of reviews."""
    return tuple((snapshot.run["scope"].get("asked") or {}).get(EVIDENCE_BUCKETS, ()))


def _evidence_buckets(look: Look) -> Iterator[Thing]:
    for bucket in evidence_buckets(look.snapshot):
        yield Thing(global_region(look.snapshot.partition), {"bucket": bucket})


_NAMED_BUCKETS = Things("evidence-bucket", _evidence_buckets)

OF_EVIDENCE_BUCKETS = (
    Use("s3.GetBucketVersioning", per=_NAMED_BUCKETS),
    Use("s3.GetObjectLockConfiguration", per=_NAMED_BUCKETS),
    Use("s3.GetBucketLifecycleConfiguration", per=_NAMED_BUCKETS),
)
"""How the named buckets keep what lies in them. No rule of a scan rests on it: it is collected where they are named."""

ALARM_LISTING = Use("cloudwatch.DescribeAlarms", per=ALARM_REGIONS)

ALARM_HISTORY = Use("cloudwatch.DescribeAlarmHistory", per=ALARM_REGIONS)
"""Which states alarms entered in the last 30 days. No rule rests on it: it is collected where somebody asks for it."""


def _alarm_actions(look: Look) -> Iterator[Thing]:
    for thing in look.each(ALARM_REGIONS):
        yield Thing(
            thing.region, besides={"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "HistoryItemType": "Action"}
        )


ALARM_ACTIONS = Use(
    "cloudwatch.DescribeAlarmHistory", per=Things("alarm-actions", _alarm_actions, ALARM_REGIONS.named_by)
)
"""Which of their actions CloudWatch carried out in these days; asked for together with ``ALARM_HISTORY``."""
