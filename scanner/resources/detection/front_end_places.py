"""Whether the places exist that front ends send their access logs to: buckets, log groups and streams.

Sources: CloudWatch Logs API reference, ``DescribeDeliveryDestinations`` and ``DeliveryDestinationConfiguration``;
Amazon CloudFront Developer Guide, "Access logs (standard logs)" (a distribution names its bucket by a domain name);
API Gateway Developer Guide, "Set up logging for REST APIs" (a log group, or a stream of Data Firehose, by its ARN).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.owners import how_looked_at
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind
from scanner.resources.detection.kept import GROUPS, VERSIONING
from scanner.snapshot.answers import Answer, Snapshot

BUCKET, GROUP, STREAM = "bucket", "log group", "stream"

_DESTINATIONS = "logs.DescribeDeliveryDestinations"

_TOLD_BY: Mapping[str, str] = {
    BUCKET: VERSIONING,
    GROUP: GROUPS,
    STREAM: "firehose.ListTagsForDeliveryStream",
}
"""By which call each kind of place tells that it exists."""

_FACTS: Mapping[str, str] = {BUCKET: "bucket", GROUP: "group", STREAM: "endpoint"}


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, log group or stream, in the Region that its ARN names or that of the front end; ``owner`` "" is us."""

    kind: str
    region: str
    name: str
    owner: str = ""

    @property
    def words(self) -> str:
        """The place as a sentence names it."""
        return f"{self.kind} {self.name}"

    @property
    def arguments(self) -> dict[str, Any]:
        """What the call that tells of it is asked with."""
        if self.kind == BUCKET:
            return {"Bucket": self.name}
        return (
            {"logGroupNamePrefix": self.name} if self.kind == GROUP else {"DeliveryStreamName": self.name, "Limit": 1}
        )


def place_of(named: str, region: str) -> Place | None:
    """The place of this ARN, domain name of a bucket, or name of a bucket; None for what is none of these."""
    arn = parse_arn(named)
    if arn is None:
        return Place(BUCKET, region, _bucket(named)) if named else None
    where = arn.region or region
    if arn.service == "s3":
        return Place(BUCKET, region, arn.resource.partition("/")[0])
    if arn.service == "logs" and (group := arn.named("log-group:")):
        return Place(GROUP, where, group, arn.account)
    if arn.service == "firehose" and (stream := arn.named("deliverystream/")):
        return Place(STREAM, where, stream, arn.account)
    return None


def _bucket(named: str) -> str:
    """The bucket of a domain name of S3; any other text is the name of one, which may hold ``.s3.`` itself."""
    end = max(named.rfind(".s3."), named.rfind(".s3-"))
    return named[:end] if end > 0 and named.endswith((".amazonaws.com", ".amazonaws.com.cn")) else named


Named = Callable[[Look], Iterable[tuple[str, str]]]
"""What the settings of front ends name as the place of their logs, each with the Region of the front end."""


def place_uses(named: Named, named_by: tuple[Use, ...], regions: Things) -> tuple[Use, ...]:
    """The calls that tell whether places exist: those that front ends name, and those that deliveries may go to.

    ``named_by`` are the calls that ``named`` rests on; ``regions`` are those that may have delivery destinations.
    """
    destinations = Use(_DESTINATIONS, per=regions)
    found = partial(_places, named=named, regions=regions)
    told_by = (*named_by, destinations)
    return (
        destinations,
        *(
            Use(operation, per=Things(f"front-end-{_FACTS[kind]}", partial(_things, found=found, kind=kind), told_by))
            for kind, operation in _TOLD_BY.items()
        ),
    )


def _places(look: Look, named: Named, regions: Things) -> Iterator[Place | None]:
    for region, name in named(look):
        yield place_of(name, region)
    for thing in look.each(regions):
        for _, item in mappings(look.snapshot.ask(look.account, thing.region, _DESTINATIONS), "deliveryDestinations"):
            yield place_of(_destination(item), thing.region)


def _things(look: Look, found: Callable[[Look], Iterator[Place | None]], kind: str) -> Iterator[Thing]:
    # What another account's log group or stream is called would be asked of this account's own, if it were asked here.
    for place in dict.fromkeys(found(look)):
        if place is not None and place.kind == kind and place.owner in ("", look.account, *look.others):
            yield Thing(place.region, {_FACTS[kind]: place.name}, owner=place.owner)


def _destination(item: Mapping[str, Any]) -> str:
    return text_member(item.get("deliveryDestinationConfiguration"), "destinationResourceArn")


@dataclass(frozen=True, slots=True)
class _Told:
    """Whether a place exists, and the answers that say so; where one of them is a gap, it is not known."""

    words: str
    exists: bool
    answers: tuple[Answer, ...]

    @property
    def gap(self) -> Gap | None:
        return next((answer.gap for answer in self.answers if answer.gap is not None), None)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the access logs of a front end go.

    ``named`` is what its own setting names (None: nothing), told by ``asked``; ``delivered`` are the ARNs of the
    delivery destinations that they are brought to, told by ``deliveries``.
    """

    region: str
    named: str | None
    delivered: Sequence[str]
    asked: Answer
    deliveries: tuple[Answer, ...]


def take_places(facts: Facts, snapshot: Snapshot, account: str, sent: Sent) -> None:
    """Put in the places that are known to exist, those that are known not to, and whether these are all."""
    told: list[_Told] = []
    if sent.named is not None and sent.asked.gap is None:
        told.append(_told(snapshot, account, place_of(sent.named, sent.region), sent.named, sent.asked))
    told += [_brought(snapshot, account, each, sent.region) for each in sent.delivered]
    known = [each for each in told if each.gap is None]
    for name, exists in (("ExistingPlaces", True), ("MissingPlaces", False)):
        chosen = [each for each in known if each.exists is exists]
        facts.take(name, [each.words for each in chosen], *_answers(chosen))
    facts.take("MorePlaces", [], sent.asked, *sent.deliveries, *_answers(told))


def _answers(told: Sequence[_Told]) -> Iterator[Answer]:
    for each in told:
        yield from each.answers


def _brought(snapshot: Snapshot, account: str, destination: str, region: str) -> _Told:
    """Whether the place exists that a delivery destination names."""
    arn = parse_arn(destination)
    where, owner = ((arn.region or region), arn.account) if arn is not None else (region, "")
    asked = _asked(snapshot, account, owner, where, f"delivery destination {destination}", _DESTINATIONS, {})
    listed = checked(asked, "deliveryDestinations", list)
    for _, item in mappings(listed, "deliveryDestinations"):
        if item.get("arn") == destination:
            told = _told(snapshot, account, place_of(_destination(item), where), destination, listed)
            return replace(told, answers=(listed, *told.answers))
    return _Told(f"delivery destination {destination}", exists=False, answers=(listed,))


def _told(snapshot: Snapshot, account: str, place: Place | None, named: str, teller: Answer) -> _Told:
    if place is None:
        reason = (
            f"{named} names something else than a bucket, a log group or a stream, and it is not known if it exists"
        )
        return _Told(named, exists=False, answers=(undecided(teller, reason),))
    told = _asked(snapshot, account, place.owner, place.region, place.words, _TOLD_BY[place.kind], place.arguments)
    if place.kind != GROUP:
        return _Told(place.words, exists=not told.absent, answers=(told,))
    told = checked(told, "logGroups", list)
    found = any(item.get("logGroupName") == place.name for _, item in mappings(told, "logGroups"))
    return _Told(place.words, exists=found, answers=(told,))


def _asked(
    snapshot: Snapshot, account: str, owner: str, region: str, words: str, operation: str, arguments: Mapping[str, Any]
) -> Answer:
    """The answer of the account that owns something; only it can tell of it."""
    told = snapshot.ask(owner or account, region, operation, arguments)
    if owner in ("", account) or told.gap is None or told.gap.kind is not GapKind.NOT_COLLECTED:
        return told
    reason = f"{words} belongs to account {owner}, {how_looked_at(snapshot, owner)}"
    return told.without(replace(told.gap, reason=reason))
