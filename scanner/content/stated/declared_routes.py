"""The file of declared routes: read and proved whole before anything is judged by it (docs/declared-routes.md)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from scanner.arns import parse_arn
from scanner.documents import Document, Pointer, read_document
from scanner.errors import ContentError, PatternError
from scanner.model import (
    Attestation,
    ByBucketNotification,
    ByDeliveryStream,
    ByEventRule,
    BySubscriptionFilter,
    ByTopicSubscription,
    DeclaredRoute,
    DeclaredRoutes,
    JsonValue,
    Through,
)
from scanner.model.json_values import as_object, as_objects, as_text
from scanner.schemas import require
from scanner.times import parse_day
from scanner.wording import shown

SCHEMA = "declared-routes"
ALL = "all"
"""What ``events`` says of a route that is declared for every event that travels it."""

LONGEST = timedelta(days=366)
"""How long after its review an attestation may count: what nobody looked at for longer, nobody can answer for."""

_Place = tuple[str, tuple[str, ...], str, str]

_PLACES: Mapping[str, tuple[_Place, ...]] = {
    "subscription_filter": (
        ("log_group", ("logs",), "log-group:", "a log group"),
        ("destination", (), "", "a destination"),
    ),
    "firehose": (("", ("firehose",), "deliverystream/", "a Firehose stream"),),
    "bucket_notification": (("destination", ("lambda", "sns", "sqs"), "", "a queue, a topic or a function"),),
    "event_rule": (
        ("rule", ("events",), "rule/", "an EventBridge rule"),
        ("target", (), "", "a target"),
    ),
    "topic_subscription": (("topic", ("sns",), "", "an SNS topic"),),
}
"""The ARNs of a route by what it leads through: member ("": itself), services, how the resource begins, the noun."""


def read_declared_routes(path: Path) -> DeclaredRoutes:
    """The declared routes of a file. Raises ContentError with every mistake as ``file:line:column: sentence``."""
    document = read_document(path)
    require(document, SCHEMA)
    problems = tuple(_mistakes(document))
    if problems:
        raise ContentError(problems)
    raw = as_objects(as_object(document.value)["declared_routes"])
    return DeclaredRoutes(tuple(map(_route, raw)), document.text)


def _mistakes(document: Document) -> Iterator[str]:
    lines: dict[str, int] = {}
    for index, raw in enumerate(as_objects(as_object(document.value)["declared_routes"])):
        place: Pointer = ("declared_routes", index)
        name = as_text(raw["id"])
        if name in lines:
            sentence = f"the route {name} is here a second time; first in line {lines[name]}"
            yield document.problem((*place, "id"), sentence)
        lines.setdefault(name, document.mark((*place, "id")).line)
        yield from _events(document, (*place, "events"), as_text(raw["events"]))
        yield from _through(document, (*place, "through"), as_object(raw["through"]))
        yield from _attestation(document, (*place, "attestation"), as_object(raw["attestation"]))


def _events(document: Document, place: Pointer, text: str) -> Iterator[str]:
    from scanner.pattern import JsonPattern, matches_nothing, parse

    if text.strip() == ALL:
        return
    try:
        pattern = parse(text)
    except PatternError as error:
        yield document.problem_at(document.mark_inside(place, error.span[0]), f"events: {error}")
        return
    if not isinstance(pattern, JsonPattern):
        yield document.problem(place, "events: must be all, or a pattern over JSON events, written in { }")
    elif matches_nothing(pattern):
        yield document.problem(place, "events: no event can match this pattern")


def _through(document: Document, place: Pointer, raw: Mapping[str, JsonValue]) -> Iterator[str]:
    ((kind, given),) = raw.items()
    members = as_object(given) if isinstance(given, Mapping) else {"": given}
    for member, services, beginning, noun in _PLACES[kind]:
        where = (*place, kind, member) if member else (*place, kind)
        text = as_text(members.get(member, ""))
        if member in members and not _is_arn(text, services, beginning):
            yield document.problem(where, f"{member or kind} must be the ARN of {noun}, not {shown(text)}")
    if "/" in as_text(members.get("rule", "")).partition(":rule/")[2]:
        sentence = "rule must be on the default event bus, where AWS services send their events"
        yield document.problem((*place, kind, "rule"), sentence)


def _is_arn(text: str, services: Collection[str], beginning: str) -> bool:
    """Whether a text is the ARN of something of a Region and an account, of one of these services if there are any."""
    arn = parse_arn(text)
    if arn is None or not (arn.region and arn.account):
        return False
    return (arn.service in services or not services) and bool(arn.named(beginning) or not beginning)


def _attestation(document: Document, place: Pointer, raw: Mapping[str, JsonValue]) -> Iterator[str]:
    days = {name: parse_day(as_text(raw[name])) for name in ("reviewed", "expires")}
    proof = as_object(raw["proof"])
    for name in ("reviewed", "expires"):
        if days[name] is None:
            yield document.problem((*place, name), f"{name}: there is no such day")
    if "date" in proof and parse_day(as_text(proof["date"])) is None:
        yield document.problem((*place, "proof", "date"), "proof.date: there is no such day")
    reviewed, expires = days["reviewed"], days["expires"]
    if reviewed is None or expires is None:
        return
    if expires < reviewed:
        yield document.problem((*place, "expires"), "expires is before the day of the review")
    elif expires - reviewed > LONGEST:
        sentence = f"expires is more than {LONGEST.days} days after the review; review the route once a year"
        yield document.problem((*place, "expires"), sentence)


def _route(raw: Mapping[str, JsonValue]) -> DeclaredRoute:
    events, stated = as_text(raw["events"]).strip(), as_object(raw["attestation"])
    owner, proof = as_object(stated["owner"]), as_object(stated["proof"])
    return DeclaredRoute(
        id=as_text(raw["id"]),
        watched_by=as_text(raw["watched_by"]).strip(),
        events="" if events == ALL else events,
        through=_way(as_object(raw["through"])),
        attestation=Attestation(
            person=as_text(owner.get("person", "")).strip(),
            team=as_text(owner.get("team", "")).strip(),
            proof=tuple((kind, as_text(given).strip()) for kind, given in proof.items()),
            reviewed=_day(stated["reviewed"]),
            expires=_day(stated["expires"]),
        ),
    )


def _day(value: JsonValue) -> date:
    """A day that was proved to be one."""
    return parse_day(as_text(value)) or date.min


def _way(raw: Mapping[str, JsonValue]) -> Through:
    ((kind, given),) = raw.items()
    if kind == "firehose":
        return ByDeliveryStream(as_text(given))
    members = as_object(given)
    match kind:
        case "subscription_filter":
            group = as_text(members["log_group"]).removesuffix(":*")
            destination = as_text(members.get("destination", ""))
            return BySubscriptionFilter(group, as_text(members["name"]).strip(), destination)
        case "bucket_notification":
            return ByBucketNotification(as_text(members["bucket"]), as_text(members["destination"]))
        case "topic_subscription":
            return ByTopicSubscription(as_text(members["topic"]), as_text(members["endpoint"]).strip())
        case _:
            return ByEventRule(as_text(members["rule"]), as_text(members["target"]))
