"""What GuardDuty and Security Hub found of high severity and nobody has dealt with yet.

Sources: Amazon GuardDuty User Guide, "Severity levels of GuardDuty findings" (high from 7.0, critical from 9.0) and
"Sample findings"; GuardDuty API reference, ``ListFindings`` and ``GetFindings``; Security Hub API reference,
``GetFindings`` (``WorkflowStatus``, ``RecordState``, ``Sample``).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap
from scanner.resources.detection.everywhere import InRegion, everywhere, take_found, take_rest
from scanner.resources.detection.guardduty import DETECTOR_LISTING, DETECTORS, detector_ids
from scanner.resources.detection.security_hub import HUB, HUBS
from scanner.snapshot.answers import Answer, Snapshot

HIGH: Mapping[str, Any] = {
    "FindingCriteria": {
        "Criterion": {"service.archived": {"Eq": ["false"]}, "severity": {"GreaterThanOrEqual": 7}},
    }
}
"""Which findings of GuardDuty are listed: those of high severity and more that are not archived."""

OLDEST: Mapping[str, Any] = {
    "Filters": {
        "SeverityLabel": [{"Value": value, "Comparison": "EQUALS"} for value in ("CRITICAL", "HIGH")],
        "WorkflowStatus": [{"Value": "NEW", "Comparison": "EQUALS"}],
        "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
    },
    "SortCriteria": [{"Field": "CreatedAt", "SortOrder": "asc"}],
    "MaxResults": 100,
}
"""Which findings of Security Hub are asked for: the oldest of those of high severity that nobody has taken up."""

_AT_ONCE = 50
"""So many findings of GuardDuty can be asked for in one call."""

_LISTING, _DETAILS, _OF_HUB = "guardduty.ListFindings", "guardduty.GetFindings", "securityhub.GetFindings"


def _high(look: Look) -> Iterator[Thing]:
    for thing in look.each(DETECTORS):
        yield Thing(thing.region, thing.facts, HIGH)


def _oldest(look: Look) -> Iterator[Thing]:
    for thing in look.each(HUBS):
        yield Thing(thing.region, besides=OLDEST)


FINDING_LISTING = Use(_LISTING, per=Things("detector-for-findings", _high, DETECTORS.named_by))
HUB_FINDINGS = Use(_OF_HUB, per=Things("security-hub-for-findings", _oldest, HUBS.named_by))


def _batches(look: Look) -> Iterator[Thing]:
    for thing in look.each(DETECTORS):
        identity = thing.facts["detector"]
        listed = look.snapshot.ask(look.account, thing.region, _LISTING, {"DetectorId": identity, **HIGH})
        for batch in _in_batches(listed):
            yield Thing(thing.region, thing.facts, {"FindingIds": batch})


def _in_batches(listed: Answer) -> Iterator[list[str]]:
    ids = [each for _, each in listed.items("FindingIds") if isinstance(each, str)]
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


FINDING_BATCHES = Things("finding-batch", _batches, (*DETECTORS.named_by, FINDING_LISTING))
"""The listed findings of each detector, fifty at a time."""

FINDINGS = Use(_DETAILS, per=FINDING_BATCHES)


def findings_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account; without any Region in scope nothing is known of its findings."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])

    def detected(region: str) -> InRegion:
        listed = checked(snapshot.ask(account, region, DETECTOR_LISTING.operation), "DetectorIds", list)
        return InRegion(region, bool(detector_ids(snapshot, account, region)), region, (listed,))

    def gathered(region: str) -> InRegion:
        answer = snapshot.ask(account, region, HUB.operation)
        return InRegion(region, not answer.absent, region, (answer,))

    detectors = everywhere(snapshot, account, DETECTOR_LISTING.operation, detected)
    hubs = everywhere(snapshot, account, HUB.operation, gathered)
    found: list[dict[str, Any]] = []
    answers: list[Answer] = []
    for region in detectors.having:
        for identity in detector_ids(snapshot, account, region):
            answers += _of_detector(snapshot, account, region, identity, found)
    for region in hubs.having:
        answers.append(_of_hub(snapshot, account, region, found))
    hidden = _first_gap(answers) or detectors.hidden or hubs.hidden
    facts = Facts({})
    watched = sorted({*detectors.having, *hubs.having})
    take_found(facts, "WatchedRegions", watched, [*detectors.answers, *hubs.answers], detectors.hidden or hubs.hidden)
    facts.take("HighFindings", sorted(found, key=lambda each: (str(each["CreatedAt"]), str(each["Id"]))))
    take_rest(facts, "MoreHighFindings", answers, hidden)
    return view_of([facts.row("detection.account", account, "", account, ())], [])


def _first_gap(answers: Iterable[Answer]) -> Gap | None:
    return next((answer.gap for answer in answers if answer.gap is not None), None)


def _of_detector(
    snapshot: Snapshot, account: str, region: str, identity: str, found: list[dict[str, Any]]
) -> list[Answer]:
    """Add the findings of a detector to those that were found; the answers that tell them."""
    asked = {"DetectorId": identity}
    listed = checked(snapshot.ask(account, region, _LISTING, {**asked, **HIGH}), "FindingIds", list)
    answers = [listed]
    for batch in _in_batches(listed):
        told = checked(snapshot.ask(account, region, _DETAILS, {**asked, "FindingIds": batch}), "Findings", list)
        answers.append(told)
        items = [item for _, item in mappings(told, "Findings") if not _is_sample(item)]
        found += [_described("GuardDuty", region, item, item.get("Severity"), item.get("Type")) for item in items]
    return answers


def _is_sample(item: Mapping[str, Any]) -> bool:
    """Whether GuardDuty made the finding up for showing what one looks like, as it says in it."""
    service = item.get("Service")
    further = service.get("AdditionalInfo") if isinstance(service, Mapping) else None
    told = further.get("Value") if isinstance(further, Mapping) else None
    try:
        value = json.loads(told) if isinstance(told, str) else None
    except ValueError:
        return False
    return isinstance(value, Mapping) and value.get("sample") is True


def _of_hub(snapshot: Snapshot, account: str, region: str, found: list[dict[str, Any]]) -> Answer:
    """Add the oldest findings of Security Hub; a gap where the page holds samples only and there are more."""
    listed = checked(snapshot.ask(account, region, _OF_HUB, OLDEST), "Findings", list)
    items = [item for _, item in mappings(listed, "Findings") if item.get("Sample") is not True]
    found += [_described("Security Hub", region, item, _label(item), item.get("Title")) for item in items]
    if listed.gap is None and not items and listed.first.get("NextToken"):
        return undecided(listed, f"the oldest {OLDEST['MaxResults']} findings of Security Hub in {region} are samples")
    return listed


def _label(item: Mapping[str, Any]) -> Any:
    severity = item.get("Severity")
    return severity.get("Label") if isinstance(severity, Mapping) else None


def _described(of: str, region: str, item: Mapping[str, Any], severity: Any, title: Any) -> dict[str, Any]:
    created = item.get("CreatedAt")
    return {
        "Id": item.get("Id"),
        "CreatedAt": created,
        "Region": region,
        "Summary": f"{of} in {region}: {title} (severity {severity}, since {created}, id {item.get('Id')})",
    }


_CALLS: Sequence[Use] = (HUB, FINDING_LISTING, FINDINGS, HUB_FINDINGS)

HIGH_FINDINGS = ResourceType(
    name="detection.account",
    title="Account with what GuardDuty and Security Hub CSPM found of high severity and nobody has dealt with",
    view=findings_view,
    calls=(DETECTOR_LISTING, HUB),
    fields={
        "WatchedRegions": Field(
            "Regions with a detector of GuardDuty or with Security Hub CSPM; [] only where every enabled Region was "
            "looked at."
        ),
        "HighFindings": Field(
            "Findings of GuardDuty with a severity of 7 or more that are not archived, and the oldest active ones of "
            "Security Hub CSPM that are CRITICAL or HIGH with the workflow status NEW, a hundred in each Region, "
            "without samples, as objects {Id, CreatedAt, Region, Summary}; the oldest first, [] without any.",
            calls=tuple(_CALLS),
        ),
        "MoreHighFindings": Field(
            "Always []; a gap where a Region was not looked at, or findings could not be read.", calls=tuple(_CALLS)
        ),
    },
    listed_by=(DETECTOR_LISTING.operation, HUB.operation),
    one_per_account=True,
)
