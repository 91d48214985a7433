"""Aggregators of AWS Config that collect from an organization, in the accounts that can have one for it.

Those are the management account and the delegated administrators for AWS Config; the account that lists the
organization is looked at too. An aggregator collects in all Regions, those to come included, only where it says so, and
one that a filter narrows leaves recorders out. Sources: AWS Config API reference, ``ConfigurationAggregator``,
``AggregatorFilters``, ``AggregatedSourceStatus`` and ``PutConfigurationAggregator``; AWS Config Developer Guide,
"Multi-account multi-Region data aggregation".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked, member
from scanner.facts.owners import how_looked_at
from scanner.facts.rows import Field, ResourceType, Row, View
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import CallKey, Gap, GapKind
from scanner.resources.configuration.seen import put_more
from scanner.resources.detection.everywhere import left_out
from scanner.resources.organizations.delegations import ADMINISTRATORS
from scanner.resources.organizations.listing import ACCOUNT_LISTING, Listing, listing
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, own_organization
from scanner.snapshot.answers import Answer, Snapshot

_NAME = "config.organization"
_AGGREGATORS, _STATUS = "ConfigurationAggregators", "AggregatedSourceStatusList"
_FOR_CONFIG: Mapping[str, str] = {"ServicePrincipal": "config.amazonaws.com"}


def _regions(look: Look) -> Iterator[Thing]:
    if member(own_organization(look.snapshot, look.account), "Organization"):
        for region in look.snapshot.regions(look.account):
            yield Thing(region)


AGGREGATOR_LISTING = Use(
    "config.DescribeConfigurationAggregators", per=Things("organization-region", _regions, (DESCRIBE_ORGANIZATION,))
)


def _aggregators(look: Look) -> Iterator[Thing]:
    for place in look.each(AGGREGATOR_LISTING.per):
        listed = look.snapshot.ask(look.account, place.region, AGGREGATOR_LISTING.operation)
        for _, each in _customers(listed):
            yield Thing(place.region, {"aggregator": text_member(each, "ConfigurationAggregatorName")})


def _customers(listed: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The aggregators but for those that a service of AWS created, which collect what that service needs."""
    for pointer, each in mappings(listed, _AGGREGATORS):
        if not each.get("CreatedBy"):
            yield pointer, each


AGGREGATOR_STATUS = Use(
    "config.DescribeConfigurationAggregatorSourcesStatus",
    per=Things("config-aggregator", _aggregators, (AGGREGATOR_LISTING,)),
)


def aggregation_view(snapshot: Snapshot, account: str) -> View:
    """One row for each account: of the organization in the account that lists it, else that it is not the one."""
    found = listing(snapshot, account)
    if found.gap is not None:
        return View((), (found.gap,))
    if found.lister != account:
        return View((Row(_NAME, account, "", account, {"Listed": False}, found.sources),))
    seen = _Aggregators(snapshot, found)
    facts = Facts({"Listed": True})
    facts.take("Aggregators", seen.told, *seen.answers)
    names = [f"{each['Name']} of {each['Account']} in {each['Region']}" for each in seen.told]
    facts.take("AggregatorNames", names, *seen.answers)
    put_more(facts, "MoreAggregators", seen.gaps)
    return View((facts.row(_NAME, account, "", account, found.sources),))


class _Aggregators:
    """The aggregators of an organization: ``told`` are those that are known, ``gaps`` say why others may not be."""

    def __init__(self, snapshot: Snapshot, found: Listing) -> None:
        self._snapshot = snapshot
        self._listing = found
        self.told: list[dict[str, Any]] = []
        self.answers: list[Answer] = []
        self.gaps: list[Gap] = []
        for holder in self._holders():
            self._look_at(holder)

    def _holders(self) -> list[str]:
        """The accounts that can have an aggregator of the organization, and the one that lists it."""
        lister, manager = self._listing.lister, self._listing.manager
        region = global_region(self._snapshot.partition)
        asked = self._snapshot.ask(lister, region, ADMINISTRATORS.operation, _FOR_CONFIG)
        told = checked(asked, "DelegatedAdministrators", list)
        self._known(told)
        named = [text_member(each, "Id") for _, each in mappings(told, "DelegatedAdministrators")]
        return [each for each in dict.fromkeys((lister, manager, *named)) if each]

    def _known(self, answer: Answer) -> bool:
        """Whether an answer tells; it is kept, or the gap that it is."""
        if answer.gap is not None:
            self.gaps.append(answer.gap)
            return False
        self.answers.append(answer)
        return True

    def _look_at(self, holder: str) -> None:
        regions = self._snapshot.regions(holder) if holder in self._snapshot.accounts else ()
        if not regions:
            what = f"Account {holder} may have an aggregator of the organization"
            reason = f"{what}, {how_looked_at(self._snapshot, holder)}"
            key = CallKey(holder, "", AGGREGATOR_LISTING.operation)
            self.gaps.append(Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason))
            return
        listed = [self._listed(holder, region) for region in regions]
        enabled = [each for each in listed if each.gap is None or each.gap.kind is not GapKind.REGION_OFF]
        for answer in enabled or listed:
            if self._known(answer):
                self._take(answer)
        unseen = left_out(self._snapshot, holder, AGGREGATOR_LISTING.operation)
        if unseen is not None:
            self.gaps.append(unseen)

    def _listed(self, holder: str, region: str) -> Answer:
        return checked(self._snapshot.ask(holder, region, AGGREGATOR_LISTING.operation), _AGGREGATORS, list)

    def _take(self, listed: Answer) -> None:
        for _, each in _customers(listed):
            asked = {"ConfigurationAggregatorName": text_member(each, "ConfigurationAggregatorName")}
            status = self._snapshot.ask(listed.account, listed.region, AGGREGATOR_STATUS.operation, asked)
            status = status if status.absent else checked(status, _STATUS, list)
            if self._known(status):
                self.told.append(self._aggregator(listed, each, status))

    def _aggregator(self, listed: Answer, each: Mapping[str, Any], status: Answer) -> dict[str, Any]:
        """What rules are told of one aggregator."""
        whole = each.get("OrganizationAggregationSource")
        sources = [whole] if isinstance(whole, Mapping) else list_member(each, "AccountAggregationSources")
        states = [state for _, state in mappings(status, _STATUS)]
        everywhere = [one for one in sources if isinstance(one, Mapping) and one.get("AllAwsRegions") is True]
        arrived = {text_member(state, "LastUpdateStatus") for state in states} & _ARRIVED
        failed = [_failed(state) for state in states if self._fails(state)]
        return {
            "Account": listed.account,
            "Region": listed.region,
            "Name": each.get("ConfigurationAggregatorName"),
            "AllRegions": bool(everywhere),
            "MissingAccounts": [] if isinstance(whole, Mapping) else self._missing(sources),
            "Filters": _filters(each),
            "Collected": bool(arrived),
            "Failed": failed,
        }

    def _missing(self, sources: list[Any]) -> list[str]:
        """The active accounts of the organization that are not among the sources."""
        named: set[Any] = set()
        for source in sources:
            named.update(list_member(source, "AccountIds"))
        return sorted(each.id for each in self._listing.members if each.state == _ACTIVE and each.id not in named)

    def _fails(self, state: Mapping[str, Any]) -> bool:
        """Whether nothing came from a source last; accounts that are suspended or closed are not asked for."""
        gone = {each.id for each in self._listing.members if each.state != _ACTIVE}
        return text_member(state, "LastUpdateStatus") == "FAILED" and state.get("SourceId") not in gone


_ACTIVE = "ACTIVE"
_ARRIVED = frozenset({"SUCCEEDED", "OUTDATED"})


def _filters(aggregator: Mapping[str, Any]) -> list[str]:
    """By what the aggregator chooses among recorders."""
    filters = aggregator.get("AggregatorFilters")
    chosen = filters if isinstance(filters, Mapping) else {}
    return sorted(name for name, value in chosen.items() if list_member(value, "Value"))


def _failed(state: Mapping[str, Any]) -> str:
    """A source that failed, in words."""
    error = text_member(state, "LastErrorCode") or "no error code"
    return f"{state.get('SourceId')} in {state.get('AwsRegion')} ({error})"


_CALLS = (ADMINISTRATORS, AGGREGATOR_LISTING, AGGREGATOR_STATUS)

AGGREGATION = ResourceType(
    name=_NAME,
    title="Organization with the aggregators of AWS Config in the accounts that can have one for it",
    view=aggregation_view,
    calls=(DESCRIBE_ORGANIZATION, ACCOUNT_LISTING),
    fields={
        "Listed": Field(
            "Whether the account is the one that lists its organization: false where it is in none, or another "
            "account of the snapshot does."
        ),
        "Aggregators": Field(
            "The aggregators of the management account, the delegated administrators for AWS Config and the account "
            "itself, without those that services of AWS created, as far as known, as objects {Account, Region, Name, "
            "AllRegions, MissingAccounts, Filters, Collected, Failed}. AllRegions says whether it collects in all "
            "Regions and future ones, MissingAccounts which active accounts of the organization it does not collect "
            "from ([] with the organization as source), Filters what narrows it (ResourceType, ServicePrincipal), and "
            "Collected whether data of some source arrived. Failed are the sources, but for accounts that are not "
            "active, whose last update failed, each with its Region and error code.",
            calls=_CALLS,
        ),
        "AggregatorNames": Field("Their names, each with its account and Region.", calls=_CALLS),
        "MoreAggregators": Field(
            "Always []; a gap where one of these accounts, Regions or aggregators could not be looked at.",
            calls=_CALLS,
        ),
    },
    listed_by=("organizations.DescribeOrganization",),
    regional=False,
)
