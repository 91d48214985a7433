"""Detectors of GuardDuty with where they export their findings to, and how long these are kept there.

Sources: Amazon GuardDuty User Guide, "Exporting generated findings to Amazon S3" (GuardDuty itself keeps findings for
90 days; what an administrator exports holds the findings of its members in the Region); GuardDuty API reference,
``ListPublishingDestinations``, ``DescribePublishingDestination`` (``Status``) and ``GetAdministratorAccount``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, Source
from scanner.resources.detection.everywhere import hidden_by, left_out
from scanner.resources.detection.guardduty import DETECTOR, DETECTOR_LISTING, DETECTORS, detector, detector_ids
from scanner.resources.detection.kept import LIFECYCLE, VERSIONING, Kept, Under, kept_in_bucket
from scanner.snapshot.answers import Answer, Snapshot

ADMINISTRATOR = Use("guardduty.GetAdministratorAccount", per=DETECTORS)
DESTINATION_LISTING = Use("guardduty.ListPublishingDestinations", per=DETECTORS)
_DESTINATION = "guardduty.DescribePublishingDestination"


def _destinations(look: Look) -> Iterator[Thing]:
    for thing in look.each(DETECTORS):
        asked = {"DetectorId": thing.facts["detector"]}
        listed = look.snapshot.ask(look.account, thing.region, DESTINATION_LISTING.operation, asked)
        for _, item in mappings(listed, "Destinations"):
            if identity := text_member(item, "DestinationId"):
                yield Thing(thing.region, {**thing.facts, "destination": identity})


DESTINATIONS = Things("finding-destination", _destinations, (*DETECTORS.named_by, DESTINATION_LISTING))
"""Each destination to which a detector exports its findings."""

DESTINATION = Use(_DESTINATION, per=DESTINATIONS)


def _buckets(look: Look) -> Iterator[Thing]:
    found: dict[tuple[str, str], None] = {}
    for thing in look.each(DESTINATIONS):
        asked = {"DetectorId": thing.facts["detector"], "DestinationId": thing.facts["destination"]}
        bucket, _ = _place(look.snapshot.ask(look.account, thing.region, _DESTINATION, asked))
        if bucket:
            found[thing.region, bucket] = None
    for region, bucket in found:
        yield Thing(region, {"bucket": bucket})


_BUCKETS = Things("finding-bucket", _buckets, (*DESTINATIONS.named_by, DESTINATION))
"""Each bucket to which a detector exports its findings."""


def _place(answer: Answer) -> tuple[str, str]:
    """The bucket of a destination, and the folder in it with a slash at its end; "" for none."""
    arn = parse_arn(text_member(answer.first.get("DestinationProperties"), "DestinationArn"))
    if arn is None:
        return "", ""
    bucket, _, folder = arn.resource.partition("/")
    return bucket, f"{folder.strip('/')}/" if folder.strip("/") else ""


@dataclass(frozen=True, slots=True)
class _Export:
    """A destination, as facts and as what tells them, and how long what is in it is kept."""

    facts: Mapping[str, Any]
    told: Answer
    kept: Kept


def detector_view(snapshot: Snapshot, account: str) -> View:
    """One row for each detector of the account."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    rows: list[Row] = []
    gaps: list[Gap] = [each for each in (left_out(snapshot, account, DETECTOR_LISTING.operation),) if each is not None]
    listings: list[Answer] = []
    for region in snapshot.regions(account):
        listed = checked(snapshot.ask(account, region, DETECTOR_LISTING.operation), "DetectorIds", list)
        listings.append(listed)
        rows += [_row(snapshot, account, listed, each) for each in detector_ids(snapshot, account, region)]
    return view_of(rows, [*gaps, *hidden_by(listings)])


def _row(snapshot: Snapshot, account: str, listed: Answer, identity: str) -> Row:
    region = listed.key.region
    told = detector(snapshot, account, region, identity)
    facts = Facts({"DetectorId": identity, "Region": region})
    facts.take("Status", told.first.get("Status"), told)
    exports, answers = _exports(snapshot, account, region, identity)
    above = snapshot.ask(account, region, ADMINISTRATOR.operation, {"DetectorId": identity})
    administrator = _administrator(above)
    facts.take("Administrator", administrator or None, above)
    if administrator:
        more, further = _of_administrator(snapshot, account, administrator, above)
        exports, answers = [*exports, *more], [*answers, *further]
    else:
        answers = [*answers, above]
    _put(facts, exports, answers)
    arn = f"arn:{snapshot.partition}:guardduty:{region}:{account}:detector/{identity}"
    return facts.row("guardduty.detector", account, region, arn, (Source(listed.key, ""),))


def _put(facts: Facts, exports: list[_Export], answers: list[Answer]) -> None:
    known = [each for each in exports if each.told.gap is None]
    kept = [each for each in known if each.kept.gap is None]
    listed = [dict(each.facts) for each in known]
    dated = [_with_days(each) for each in kept]
    of_buckets = [answer for each in exports for answer in each.kept.answers]
    known_by = [each.told for each in known]
    kept_by = [each.told for each in kept]
    facts.take("Destinations", listed, *known_by)
    facts.take("MoreDestinations", [], *answers)
    facts.take("RetainedDestinations", dated, *kept_by)
    facts.take("MoreRetainedDestinations", [], *answers, *of_buckets)


def _with_days(export: _Export) -> dict[str, Any]:
    days = export.kept.days
    told = "without an end" if days is None else f"{days} days"
    return {**export.facts, "KeptDays": days, "Summary": f"{export.facts['DestinationArn']}: {told}"}


def _administrator(answer: Answer) -> str:
    """The account that administers GuardDuty for this one, while the relationship is enabled; "" for none."""
    told = answer.first.get("Administrator")
    enabled = text_member(told, "RelationshipStatus").upper() == "ENABLED"
    return text_member(told, "AccountId") if enabled else ""


def _of_administrator(
    snapshot: Snapshot, account: str, administrator: str, above: Answer
) -> tuple[list[_Export], list[Answer]]:
    """What the administrator exports in the Region; a gap where it was not looked at."""
    region = above.key.region
    if administrator not in snapshot.accounts:
        reason = (
            f"whether account {administrator}, which administers GuardDuty for {account}, exports its findings in "
            f"{region} is not known: it was not looked at; scan that account too"
        )
        return [], [undecided(above, reason)]
    listed = checked(snapshot.ask(administrator, region, DETECTOR_LISTING.operation), "DetectorIds", list)
    exports: list[_Export] = []
    answers = [listed]
    for each in detector_ids(snapshot, administrator, region):
        found, told = _exports(snapshot, administrator, region, each)
        exports, answers = [*exports, *found], [*answers, *told]
    return exports, answers


def _exports(snapshot: Snapshot, account: str, region: str, identity: str) -> tuple[list[_Export], list[Answer]]:
    """The destinations of a detector, and the answers that tell that these are all."""
    asked = {"DetectorId": identity}
    listed = checked(snapshot.ask(account, region, DESTINATION_LISTING.operation, asked), "Destinations", list)
    found: list[_Export] = []
    for _, item in mappings(listed, "Destinations"):
        told = snapshot.ask(account, region, _DESTINATION, {**asked, "DestinationId": str(item.get("DestinationId"))})
        found.append(_Export(_described(told), told, _kept(snapshot, account, region, told)))
    return found, [listed, *(each.told for each in found)]


def _described(told: Answer) -> dict[str, Any]:
    properties = told.first.get("DestinationProperties")
    arn, key = (text_member(properties, name) or None for name in ("DestinationArn", "KmsKeyArn"))
    status = told.first.get("Status")
    sealed = "encrypted with a KMS key" if key else "without a KMS key"
    return {
        "Type": told.first.get("DestinationType"),
        "Status": status,
        "DestinationArn": arn,
        "KmsKeyArn": key,
        "Summary": f"{arn} ({status}, {sealed})",
    }


def _kept(snapshot: Snapshot, account: str, region: str, told: Answer) -> Kept:
    bucket, folder = _place(told)
    if not bucket:
        return Kept(0, (told,))
    return kept_in_bucket(snapshot, account, region, bucket, Under((f"{folder}AWSLogs/",)))


_LISTED = (ADMINISTRATOR, DESTINATION_LISTING, DESTINATION)
_KEPT = (*_LISTED, Use(LIFECYCLE, per=_BUCKETS), Use(VERSIONING, per=_BUCKETS))

EXPORTING_DETECTOR = ResourceType(
    name="guardduty.detector",
    title="Detector of GuardDuty with where its findings are exported to",
    view=detector_view,
    calls=(DETECTOR_LISTING,),
    fields={
        "DetectorId": Field("Id of the detector."),
        "Region": Field("Region of the detector."),
        "Status": Field("ENABLED or DISABLED; a suspended detector is DISABLED.", calls=(DETECTOR,)),
        "Administrator": Field(
            "Account that administers GuardDuty for the account; null without one.", calls=(ADMINISTRATOR,)
        ),
        "Destinations": Field(
            "Where its findings are exported to, by itself or by its administrator in the Region, as far as known, as "
            "objects {Type, Status, DestinationArn, KmsKeyArn, Summary}; [] without any.",
            calls=_LISTED,
        ),
        "MoreDestinations": Field("Always []; a gap where there may be more of them.", calls=_LISTED),
        "RetainedDestinations": Field(
            "Those of them of which it is known how long the bucket keeps the findings, with KeptDays: null where no "
            "end is set, 0 where the bucket does not exist.",
            calls=_KEPT,
        ),
        "MoreRetainedDestinations": Field("Always []; a gap where there may be more of these.", calls=_KEPT),
    },
    own_names={"DETECTOR": "DetectorId", "REGION": "Region"},
    listed_by=(DETECTOR_LISTING.operation,),
)
