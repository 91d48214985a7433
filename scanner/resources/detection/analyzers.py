"""IAM Access Analyzer in an account: in which Regions an analyzer looks for access from outside.

An analyzer of the organization, which its management account or a delegated administrator has, looks at the resources
of every member. Sources: IAM User Guide, "Using IAM Access Analyzer" and "Delegated administrator for IAM Access
Analyzer"; IAM Access Analyzer API reference, ``ListAnalyzers`` (``AnalyzerSummary``: type and status).
"""

from collections.abc import Iterator, Mapping
from functools import partial

from scanner.arns import global_region
from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.detection.everywhere import InRegion, everywhere, is_off, take_found
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, describe_organization
from scanner.snapshot.answers import Answer, Snapshot

ANALYZER_LISTING = Use("accessanalyzer.ListAnalyzers", per=REGIONS)

_OWN, _SHARED, _ACTIVE = "ACCOUNT", "ORGANIZATION", "ACTIVE"
_FOR_ANALYZERS: Mapping[str, str] = {"ServicePrincipal": "access-analyzer.amazonaws.com"}


def _manager(snapshot: Snapshot, account: str) -> str:
    """The management account of the organization; "" for an account in none, and where that is not known."""
    organization = describe_organization(snapshot, account).first.get("Organization")
    found = organization.get("MasterAccountId") if isinstance(organization, Mapping) else None
    return found if isinstance(found, str) else ""


def _managed(look: Look) -> Iterator[Thing]:
    if _manager(look.snapshot, look.account) == look.account:
        yield Thing(global_region(look.snapshot.partition), besides=_FOR_ANALYZERS)


ADMINISTRATORS = Use(
    "organizations.ListDelegatedAdministrators",
    per=Things("organization-of-analyzers", _managed, (DESCRIBE_ORGANIZATION,)),
)
"""Who besides the management account may have an analyzer of the organization, which only that account is told."""


def analyzers_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account; without any Region in scope nothing is known of its analyzers."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    seen = everywhere(snapshot, account, ANALYZER_LISTING.operation, partial(_in_region, snapshot, account))
    facts = Facts({})
    take_found(facts, "UnanalyzedRegions", seen.lacking, seen.answers, seen.hidden)
    facts.take("AnalyzedRegions", seen.having)
    return view_of([facts.row("accessanalyzer.account", account, "", account, ())], [])


def _in_region(snapshot: Snapshot, account: str, region: str) -> InRegion:
    listed = _listed(snapshot, account, region)
    external = [item for _, item in mappings(listed, "analyzers") if item.get("type") in {_OWN, _SHARED}]
    if listed.gap is not None or any(item.get("status") == _ACTIVE for item in external):
        return InRegion(region, True, region, (listed,))
    idle = ", ".join(f"{item.get('name')} is {item.get('status')}" for item in external)
    words = f"{region} ({idle or 'no analyzer of external access'})"
    shared, answers = _of_organization(snapshot, account, region)
    # What another account has counts before what could not be learned of a third one.
    return InRegion(region, shared, words, (listed, *answers))


def _listed(snapshot: Snapshot, account: str, region: str) -> Answer:
    return checked(snapshot.ask(account, region, ANALYZER_LISTING.operation), "analyzers", list)


def _of_organization(snapshot: Snapshot, account: str, region: str) -> tuple[bool, tuple[Answer, ...]]:
    """Whether another account has an active analyzer of the organization in the Region, and the answers that tell."""
    organization = describe_organization(snapshot, account)
    manager = _manager(snapshot, account)
    if organization.gap is not None or not manager:
        return False, (organization,)
    told = snapshot.ask(manager, global_region(snapshot.partition), ADMINISTRATORS.operation, _FOR_ANALYZERS)
    named = [item.get("Id") for _, item in mappings(told, "DelegatedAdministrators")]
    owners = dict.fromkeys(each for each in (manager, *named) if isinstance(each, str) and each != account)
    asked = [_listed(snapshot, owner, region) for owner in owners]
    # Where the Region is not enabled for an owner, this one has no analyzer there.
    answers = [answer for answer in asked if not is_off(answer)]
    for answer in answers:
        shared = [item for _, item in mappings(answer, "analyzers") if item.get("type") == _SHARED]
        if any(item.get("status") == _ACTIVE for item in shared):
            return True, (organization, answer)
    unseen = [owner for owner in (manager, *owners) if owner not in snapshot.accounts]
    if unseen:
        reason = (
            f"whether an analyzer of the organization looks at {account} in {region} is not known: "
            f"account {unseen[0]}, which may have one, was not looked at; scan that account too"
        )
        return False, (undecided(organization, reason),)
    return False, (organization, told, *answers)


_CALLS = (DESCRIBE_ORGANIZATION, ADMINISTRATORS)

ANALYZERS = ResourceType(
    name="accessanalyzer.account",
    title="Account with what IAM Access Analyzer looks at in every Region",
    view=analyzers_view,
    calls=(ANALYZER_LISTING,),
    fields={
        "UnanalyzedRegions": Field(
            "Enabled Regions in which no active analyzer of the account, or of its organization, looks for access "
            "from outside, each with what is there instead; [] only where every enabled Region was looked at.",
            calls=_CALLS,
        ),
        "AnalyzedRegions": Field("Regions in which one is known to do so.", calls=_CALLS),
    },
    listed_by=(ANALYZER_LISTING.operation,),
    one_per_account=True,
)
