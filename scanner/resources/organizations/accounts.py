"""Each account of an organization: whether trails record it, and which service control policies bind it.

There are rows in the account that was told of them, which is asked once for all. Any other account has one row, of
itself, that says that it is not the one.
"""

from collections.abc import Iterator
from datetime import timedelta

from scanner.audit_path.places import TRAIL_LISTING, TRAIL_STATUS
from scanner.audit_path.stores import VisibleTrail, audit_log_groups, visible_trails
from scanner.facts.facts import Facts
from scanner.facts.owners import how_looked_at
from scanner.facts.rows import Field, ResourceType, Row, View
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.resources.organizations.control_policies import CONTROL_POLICY_CALLS, ControlPolicies
from scanner.resources.organizations.listing import ACCOUNT_LISTING, Listing, Member, listing
from scanner.resources.organizations.recent_files import RECENT_FILE_CALLS, RecentFiles
from scanner.resources.storage.listing import BUCKET_LISTING, listed_buckets
from scanner.resources.trails.coverage import coverage_view
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION
from scanner.resources.trails.worlds import regions_left_out
from scanner.snapshot.answers import Snapshot
from scanner.times import rfc3339

_NAME = "organizations.account"


def account_view(snapshot: Snapshot, account: str) -> View:
    """One row for each account of the organization, in the account that lists them; else one of the account itself."""
    found = listing(snapshot, account)
    if found.gap is not None:
        return View((), (found.gap,))
    if found.lister != account:
        data = {"Id": account, "Listed": False}
        return View((Row(_NAME, account, "", account, data, found.sources),))
    view = _Accounts(snapshot, found)
    return View(tuple(view.row(each) for each in sorted(found.members, key=lambda each: each.id)))


class _Accounts:
    """The rows of one account that lists the others."""

    def __init__(self, snapshot: Snapshot, found: Listing) -> None:
        self._snapshot = snapshot
        self._listing = found
        self._own = _coverage(snapshot, found.lister)
        self._policies = ControlPolicies(snapshot, found.lister)
        seen = visible_trails(snapshot, found.lister).trails
        self._of_organization = [each for each in seen if each.data.get("IsOrganizationTrail") is True]
        self._files = RecentFiles(snapshot)
        self._buckets = {each: listed_buckets(snapshot, each) for each in snapshot.accounts if snapshot.regions(each)}

    def row(self, each: Member) -> Row:
        """What is known of one account."""
        facts = Facts(
            {
                "Id": each.id,
                "State": each.state,
                "Listed": True,
                "Manages": each.id == self._listing.manager,
                "Joined": each.joined,
            }
        )
        self._put_coverage(facts, each.id)
        self._put_policies(facts, each.id)
        self._put_audit_path(facts, each.id)
        self._put_buckets(facts, each.id)
        self._put_files(facts, each.id)
        return facts.row(_NAME, self._listing.lister, "", each.id, (each.source,))

    def _looked_at(self, account: str) -> bool:
        return account in self._snapshot.accounts and bool(self._snapshot.regions(account))

    def _put_coverage(self, facts: Facts, account: str) -> None:
        """Which Regions no trail records, as the account itself tells; else what the organization's trail says."""
        names = ("UncoveredRegions", "LoggingTrails")
        if self._looked_at(account):
            told = self._own if account == self._listing.lister else _coverage(self._snapshot, account)
            if told is not None and all(name in told.data for name in names):
                for name in names:
                    facts.data[name] = told.data[name]
                    facts.cites[name] = told.sources
                return
            gap = None if told is None else next(iter(told.gaps[name] for name in names if name in told.gaps), None)
        else:
            gap = self._not_looked_at(account)
        if self._own is not None and self._is_covered(self._own, account):
            facts.data["UncoveredRegions"] = []
            facts.data["LoggingTrails"] = self._organization_trails()
            facts.cites.update(dict.fromkeys(names, self._own.sources))
            return
        facts.gaps.update(dict.fromkeys(names, gap or self._not_looked_at(account)))

    def _is_covered(self, own: Row, account: str) -> bool:
        """Whether a trail of the organization is logging, of which the account does not tell that it sees none."""
        if own.data.get("OrganizationTrailLogging") is not True:
            return False
        seen = visible_trails(self._snapshot, account) if self._looked_at(account) else None
        if seen is None or seen.gaps:
            return True
        return any(trail.arn in self._organization_trails() for trail in seen.trails)

    def _organization_trails(self) -> list[str]:
        """The trails of the organization that record every Region and are logging."""
        logging = (self._own.data.get("KnownLoggingTrails") or []) if self._own is not None else []
        every = (each for each in self._of_organization if each.data.get("IsMultiRegionTrail") is True)
        return [trail.arn for trail in every if trail.arn in logging]

    def _put_policies(self, facts: Facts, account: str) -> None:
        levels, answers, gap = self._policies.of(account)
        if gap is not None:
            facts.gaps["ControlPolicies"] = gap
            return
        place = {"Organization": self._listing.organization, "Partition": self._snapshot.partition}
        facts.data["ControlPolicies"] = {"Account": account, **place, "Levels": levels}
        facts.cites["ControlPolicies"] = tuple(dict.fromkeys(Source(answer.key, "") for answer in answers))

    def _put_audit_path(self, facts: Facts, account: str) -> None:
        """The trails that the account sees, and the log groups of its own that they deliver to."""
        names = ("VisibleTrails", "OwnLogGroups")
        if not self._looked_at(account):
            facts.gaps.update(dict.fromkeys(names, self._not_looked_at(account)))
            return
        visible = visible_trails(self._snapshot, account)
        gaps = [*visible.gaps, *self._elsewhere(account)]
        if gaps:
            facts.gaps.update(dict.fromkeys(names, gaps[0]))
            return
        groups = audit_log_groups(visible)
        facts.data["VisibleTrails"] = [trail.arn for trail in visible.trails]
        facts.data["OwnLogGroups"] = [f"{group.arn}:*" for group in groups if group.account == account]
        facts.cites.update(dict.fromkeys(names, tuple(trail.source for trail in visible.trails)))

    def _put_buckets(self, facts: Facts, account: str) -> None:
        """The log buckets that are known, and which of them are the account's, as S3 lists its own to each account.

        They are those that the organization's trails deliver to, and the trails that the account was seen to have.
        """
        trails, gaps = self._delivering(account)
        names = list(dict.fromkeys(each.text("S3BucketName") for each in trails if each.text("S3BucketName")))
        told = [each.source for each in trails]
        gap = next(iter(gaps), None)
        self._put_objects(facts, ("LogBuckets", "LogFiles"), names, told, gap)
        own = [name for name in names if self._owner(name) == account]
        if any(self._owner(name) is None for name in names):
            gap = gap or self._unlisted(account)
        self._put_objects(facts, ("OwnLogBuckets", "OwnLogFiles"), own, [*told, *self._bucket_sources()], gap)

    def _put_files(self, facts: Facts, account: str) -> None:
        """The newest log file of the account. What is a day old counts, whatever may be newer; no file is not proof."""
        trails, gaps = self._delivering(account)
        now = self._snapshot.time_of(self._listing.lister)
        recent = self._files.of(account, trails, now)
        if recent.latest is None or recent.latest < now - timedelta(days=1):
            gap = next(iter((*gaps, recent.gap)), None)
            if gap is not None:
                facts.gaps["LatestLogFile"] = gap
                return
        facts.data["LatestLogFile"] = None if recent.latest is None else rfc3339(recent.latest)
        facts.cites["LatestLogFile"] = tuple(Source(each.key, "") for each in recent.answers if each.gap is None)

    def _delivering(self, account: str) -> tuple[list[VisibleTrail], list[Gap]]:
        """The trails that deliver log files of the account, as far as they are known, and why there may be more.

        They are those of the organization, and those that the account was seen to have.
        """
        found = {each.arn: each for each in self._of_organization}
        if not self._looked_at(account):
            return list(found.values()), list(visible_trails(self._snapshot, self._listing.lister).gaps)
        seen = visible_trails(self._snapshot, account)
        found.update({each.arn: each for each in seen.trails})
        return list(found.values()), [*seen.gaps, *self._elsewhere(account)]

    def _put_objects(
        self, facts: Facts, fields: tuple[str, str], names: list[str], told: list[Source], gap: Gap | None
    ) -> None:
        """Buckets and all that is in them, as ARNs; the gap where there may be more of them."""
        if gap is not None:
            facts.gaps.update(dict.fromkeys(fields, gap))
            return
        arns = [f"arn:{self._snapshot.partition}:s3:::{name}" for name in names]
        facts.data.update(zip(fields, (arns, [f"{arn}/*" for arn in arns]), strict=True))
        facts.cites.update(dict.fromkeys(fields, tuple(dict.fromkeys(told))))

    def _owner(self, bucket: str) -> str | None:
        """The account of the snapshot to which S3 lists the bucket; None where it lists it to none."""
        return next((account for account in self._buckets if bucket in self._buckets[account].regions), None)

    def _unlisted(self, account: str) -> Gap | None:
        """Why it is not known that a bucket is not the account's: its buckets were not listed. None where they were."""
        if not self._looked_at(account):
            return self._not_looked_at(account)
        return self._buckets[account].answer.gap

    def _bucket_sources(self) -> Iterator[Source]:
        for listed in self._buckets.values():
            if listed.answer.gap is None:
                yield Source(listed.answer.key, "")

    def _elsewhere(self, account: str) -> Iterator[Gap]:
        """The gap that Regions leave which were not looked at: there may be trails of their own."""
        _, reason = regions_left_out(self._snapshot, account, self._snapshot.regions(account))
        if reason:
            key = CallKey(account, "", TRAIL_LISTING.operation)
            yield Gap(key=key, kind=GapKind.OUT_OF_SCOPE, reason=reason)

    def _not_looked_at(self, account: str) -> Gap:
        reason = f"Account {account} is in the organization, {how_looked_at(self._snapshot, account)}"
        key = CallKey(account, "", TRAIL_LISTING.operation)
        return Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason)


def _coverage(snapshot: Snapshot, account: str) -> Row | None:
    """What the trails of an account record between them; None where nothing of it was looked at."""
    rows = coverage_view(snapshot, account).rows
    return rows[0] if rows else None


_TRAILS = (TRAIL_LISTING, TRAIL_STATUS)
_BUCKETS = (TRAIL_LISTING, BUCKET_LISTING)

ORGANIZATION_ACCOUNT = ResourceType(
    name=_NAME,
    title="Account of the organization, as the account that may list them is told",
    view=account_view,
    calls=(DESCRIBE_ORGANIZATION, ACCOUNT_LISTING),
    fields={
        "Id": Field("Id of the account."),
        "State": Field("PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE or CLOSED."),
        "Listed": Field(
            "Whether the row is one of the accounts listed: false in an account that does not list them, because it "
            "is in no organization or another account of the snapshot does."
        ),
        "Manages": Field("Whether it is the management account, which service control policies never bind."),
        "UncoveredRegions": Field("Regions of the account where no logging trail records.", calls=_TRAILS),
        "LoggingTrails": Field(
            "ARNs of the trails that are logging for the account, its own or of the organization.", calls=_TRAILS
        ),
        "ControlPolicies": Field(
            "The service control policies that apply to it, as an object {Account, Organization, Partition, Levels}: "
            "from the root down, each level is {Target, Policies} and a policy {Name, Document}.",
            calls=CONTROL_POLICY_CALLS,
        ),
        "Joined": Field("When it joined the organization, as an RFC 3339 time; null where AWS does not tell."),
        "LatestLogFile": Field(
            "When a log file of the account was delivered that was found in a log bucket, as an RFC 3339 time: one of "
            "the last day where there is any, which need not be the newest; else the beginning of the newest day that "
            "has any, in this month and the last. A digest file counts too, because it comes although nothing "
            "happened. null without any. The owners of the buckets are asked.",
            calls=RECENT_FILE_CALLS,
        ),
        "VisibleTrails": Field("ARNs of the trails that the account sees, whoever owns them.", calls=(TRAIL_LISTING,)),
        "OwnLogGroups": Field("ARNs of its log groups that trails deliver to.", calls=(TRAIL_LISTING,)),
        "LogBuckets": Field(
            "ARNs of the buckets, whoever owns them, that trails of the organization deliver to, or trails that the "
            "account sees, where it was looked at.",
            calls=(TRAIL_LISTING,),
        ),
        "LogFiles": Field("ARNs of all objects in them, as patterns.", calls=(TRAIL_LISTING,)),
        "OwnLogBuckets": Field("ARNs of those of them that are the account's.", calls=_BUCKETS),
        "OwnLogFiles": Field("ARNs of all objects in those, as patterns.", calls=_BUCKETS),
    },
    listed_by=("organizations.ListAccounts",),
    regional=False,
)
