"""Security Hub CSPM in an account: in which Regions it is on, and with which standards.

Source: AWS Security Hub API reference, ``DescribeHub`` (an account without Security Hub gets InvalidAccessException),
``GetEnabledStandards`` and ``StandardsSubscription`` (READY: the standard is enabled; PENDING: it is being enabled, or
it is enabled and gets new controls; INCOMPLETE: it could not be enabled completely). The newer service that is called
Security Hub today (``DescribeSecurityHubV2``) is enabled apart and has no standards.
"""

from collections.abc import Iterator, Mapping

from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import no_region
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import GapKind
from scanner.resources.detection.everywhere import Everywhere, InRegion, everywhere, take_found
from scanner.snapshot.answers import Answer, Snapshot

HUB = Use("securityhub.DescribeHub", per=REGIONS)


def _hubs(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        if look.snapshot.ask(look.account, region, HUB.operation).pages:
            yield Thing(region)


HUBS = Things("security-hub", _hubs, (HUB,))
"""Each Region in which Security Hub CSPM is on."""

STANDARDS = Use("securityhub.GetEnabledStandards", per=HUBS)
_READY, _PENDING = "READY", "PENDING"


def security_hub_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account; without any Region in scope nothing is known of its hubs."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])

    def look(region: str) -> InRegion:
        answer = snapshot.ask(account, region, HUB.operation)
        return InRegion(region, not answer.absent, region, (answer,))

    hubs = everywhere(snapshot, account, HUB.operation, look)
    judged = [_standards(snapshot, account, region) for region in hubs.having]
    standards = Everywhere(tuple(judged), hubs.hidden)
    facts = Facts({})
    take_found(facts, "UncoveredRegions", hubs.lacking, hubs.answers, hubs.hidden)
    take_found(facts, "StandardlessRegions", standards.lacking, standards.answers, standards.hidden)
    facts.take("HubRegions", hubs.having)
    return view_of([facts.row("securityhub.account", account, "", account, ())], [])


def _standards(snapshot: Snapshot, account: str, region: str) -> InRegion:
    """Whether a standard is enabled in a Region; not known while one may only just be on its way."""
    asked = snapshot.ask(account, region, STANDARDS.operation)
    listed = asked if asked.absent else checked(asked, "StandardsSubscriptions", list)
    found = [each for _, each in listed.items("StandardsSubscriptions") if isinstance(each, Mapping)]
    statuses = {str(each.get("StandardsStatus")) for each in found}
    told = _described(found) or "no standard"
    if statuses and _READY not in statuses and _PENDING in statuses and listed.gap is None:
        listed = _pending(
            listed, f"whether a standard of Security Hub CSPM is enabled in {region} is not told yet: {told}"
        )
    return InRegion(region, _READY in statuses, f"{region} ({told})", (listed,))


def _pending(listed: Answer, reason: str) -> Answer:
    return undecided(listed, reason, GapKind.NOT_KNOWN)


def _described(found: list[Mapping[str, object]]) -> str:
    """The standards with their status: "aws-foundational-security-best-practices is INCOMPLETE"."""
    named = sorted((_name(str(each.get("StandardsArn"))), str(each.get("StandardsStatus"))) for each in found)
    return ", ".join(f"{name} is {status}" for name, status in named)


def _name(arn: str) -> str:
    """The name in the ARN of a standard, ``arn:aws:securityhub:us-east-1::standards/pci-dss/v/4.0.1``."""
    parts = arn.partition("/")[2].split("/")
    return parts[0] or arn


SECURITY_HUB = ResourceType(
    name="securityhub.account",
    title="Account with Security Hub CSPM in every Region",
    view=security_hub_view,
    calls=(HUB,),
    fields={
        "UncoveredRegions": Field(
            "Enabled Regions in which Security Hub CSPM is not on; [] only where every enabled Region was looked at."
        ),
        "HubRegions": Field("Regions in which Security Hub CSPM is known to be on."),
        "StandardlessRegions": Field(
            "Those of them without a standard whose status is READY, each with its standards; [] only where every "
            "enabled Region was looked at.",
            calls=(STANDARDS,),
        ),
    },
    listed_by=(HUB.operation,),
    one_per_account=True,
)
