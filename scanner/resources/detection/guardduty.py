"""GuardDuty in an account: its detectors by Region, and which protection plans they have.

Source: Amazon GuardDuty API reference, ``ListDetectors`` (an account has one detector in a Region at most) and
``GetDetector`` (``Status`` is ENABLED or DISABLED, which is what a suspended detector answers; ``Features``).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import no_region
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.detection.everywhere import InRegion, everywhere, take_found, take_rest
from scanner.snapshot.answers import Answer, Snapshot

DETECTOR_LISTING = Use("guardduty.ListDetectors", per=REGIONS)
ENABLED = "ENABLED"


def detector_ids(snapshot: Snapshot, account: str, region: str) -> list[str]:
    """The ids of the detectors of a Region, as far as they were listed."""
    answer = snapshot.ask(account, region, DETECTOR_LISTING.operation)
    return [each for _, each in answer.items("DetectorIds") if isinstance(each, str) and each]


def _detectors(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        for identity in detector_ids(look.snapshot, look.account, region):
            yield Thing(region, {"detector": identity})


DETECTORS = Things("detector", _detectors, (DETECTOR_LISTING,))
"""Each detector of GuardDuty."""

DETECTOR = Use("guardduty.GetDetector", per=DETECTORS)


def guardduty_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account; without any Region in scope nothing is known of its detectors."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    found: list[dict[str, Any]] = []

    def look(region: str) -> InRegion:
        listed = checked(snapshot.ask(account, region, DETECTOR_LISTING.operation), "DetectorIds", list)
        told = {each: detector(snapshot, account, region, each) for each in detector_ids(snapshot, account, region)}
        here = [_described(region, identity, answer) for identity, answer in told.items() if answer.gap is None]
        found.extend(here)
        words = f"{region} (no detector)"
        if here:
            words = f"{region} (detector {here[0]['DetectorId']} is {here[0]['Status']})"
        return InRegion(region, any(each["Status"] == ENABLED for each in here), words, (listed, *told.values()))

    seen = everywhere(snapshot, account, DETECTOR_LISTING.operation, look)
    facts = Facts({})
    take_found(facts, "UnguardedRegions", seen.lacking, seen.answers, seen.hidden)
    facts.take("GuardedRegions", seen.having)
    facts.take("Detectors", found)
    take_rest(facts, "MoreDetectors", seen.answers, seen.hidden)
    return view_of([facts.row("guardduty.account", account, "", account, ())], [])


def detector(snapshot: Snapshot, account: str, region: str, identity: str) -> Answer:
    """What GuardDuty says of a detector."""
    return snapshot.ask(account, region, DETECTOR.operation, {"DetectorId": identity})


def _described(region: str, identity: str, answer: Answer) -> dict[str, Any]:
    features = [each for _, each in answer.items("Features") if isinstance(each, Mapping)]
    on = sorted(str(each.get("Name")) for each in features if each.get("Status") == ENABLED)
    return {
        "Region": region,
        "DetectorId": identity,
        "Status": answer.first.get("Status"),
        "EnabledFeatures": on,
        "Summary": f"{region} (enabled: {', '.join(on) or 'nothing'})",
    }


_CALLS = (DETECTOR,)

GUARDDUTY = ResourceType(
    name="guardduty.account",
    title="Account with its detectors of GuardDuty in every Region",
    view=guardduty_view,
    calls=(DETECTOR_LISTING,),
    fields={
        "UnguardedRegions": Field(
            "Enabled Regions without a detector whose status is ENABLED, each with what is there instead; [] only "
            "where every enabled Region was looked at.",
            calls=_CALLS,
        ),
        "GuardedRegions": Field("Regions that are known to have a detector that is enabled.", calls=_CALLS),
        "Detectors": Field(
            "Its detectors that are known, as objects {Region, DetectorId, Status, EnabledFeatures, Summary}; Status "
            "is ENABLED or DISABLED, EnabledFeatures are the names of the features that are enabled.",
            calls=_CALLS,
        ),
        "MoreDetectors": Field(
            "Always []; a gap where a Region was not looked at, or a detector could not be read.", calls=_CALLS
        ),
    },
    listed_by=(DETECTOR_LISTING.operation,),
    one_per_account=True,
)
