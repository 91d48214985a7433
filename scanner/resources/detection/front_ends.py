"""Web front ends that AWS runs, with where their access logs go: distributions, load balancers, stages of APIs.

Sources: Amazon CloudFront Developer Guide, "Access logs (standard logs)" (by a setting of the distribution, or by a
delivery of CloudWatch Logs in the global Region); Elastic Load Balancing User Guides, "Access logs" and "CloudWatch
logs for your Network Load Balancer" (a Gateway Load Balancer has no access logs); API Gateway Developer Guide, "Set up
logging for REST APIs" and "for HTTP APIs"; CloudWatch Logs API reference, ``PutDeliverySource`` and ``Delivery``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import text_member
from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, lacking
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, Source
from scanner.resources.detection.everywhere import hidden_by, is_off, left_out
from scanner.resources.detection.front_end_places import Sent, place_uses, take_places
from scanner.snapshot.answers import Answer, Snapshot

_WITH_CLOUDFRONT = frozenset({"aws", "aws-cn"})
"""The partitions that have CloudFront."""

_ACCESS_LOGS = frozenset({"ACCESS_LOGS", "ALB_ACCESS_LOGS", "NLB_ACCESS_LOGS"})
"""What access logs are called in delivery sources of CloudFront and of load balancers."""


def _cloudfront(look: Look) -> Iterator[Thing]:
    if look.snapshot.partition in _WITH_CLOUDFRONT:
        yield Thing(global_region(look.snapshot.partition))


def _delivering(look: Look) -> Iterator[Thing]:
    named = [thing.region for thing in _cloudfront(look)]
    for region in dict.fromkeys((*look.snapshot.regions(look.account), *named)):
        yield Thing(region)


_DELIVERING = Things("delivering-region", _delivering)
"""Each Region in scope, and the one in which CloudFront delivers its logs."""

DISTRIBUTION_LISTING = Use("cloudfront.ListDistributions", per=Things("cloudfront", _cloudfront))
BALANCER_LISTING = Use("elbv2.DescribeLoadBalancers", per=REGIONS)
CLASSIC_LISTING = Use("elb.DescribeLoadBalancers", per=REGIONS)
REST_LISTING = Use("apigateway.GetRestApis", per=REGIONS)
HTTP_LISTING = Use("apigatewayv2.GetApis", per=REGIONS)
SOURCE_LISTING = Use("logs.DescribeDeliverySources", per=_DELIVERING)
DELIVERY_LISTING = Use("logs.DescribeDeliveries", per=_DELIVERING)


def _listed_distributions(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The distributions that are enabled, with their JSON Pointers; one that is disabled answers nobody."""
    for number, page in enumerate(answer.pages):
        listed = page.get("DistributionList")
        items = listed.get("Items") if isinstance(listed, Mapping) else None
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping) and item.get("Enabled") is not False:
                yield f"/pages/{number}/DistributionList/Items/{index}", item


def _each_distribution(look: Look) -> Iterator[Thing]:
    for thing in _cloudfront(look):
        listed = look.snapshot.ask(look.account, thing.region, DISTRIBUTION_LISTING.operation)
        for _, item in _listed_distributions(listed):
            if identity := text_member(item, "Id"):
                yield Thing(thing.region, {"distribution": identity})


def _each_listed(look: Look, listing: str, member: str, key: str, fact: str) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        for _, item in mappings(look.snapshot.ask(look.account, region, listing), member):
            if item.get("Type") != "gateway" and (identity := text_member(item, key)):
                yield Thing(region, {fact: identity})


def _things(name: str, listing: Use, member: str, key: str, fact: str) -> Things:
    each = partial(_each_listed, listing=listing.operation, member=member, key=key, fact=fact)
    return Things(name, each, (listing,))


CONFIG = Use("cloudfront.GetDistributionConfig", Things("distribution", _each_distribution, (DISTRIBUTION_LISTING,)))
BALANCER = Use(
    "elbv2.DescribeLoadBalancerAttributes",
    _things("load-balancer", BALANCER_LISTING, "LoadBalancers", "LoadBalancerArn", "balancer"),
)
CLASSIC = Use(
    "elb.DescribeLoadBalancerAttributes",
    _things("classic-load-balancer", CLASSIC_LISTING, "LoadBalancerDescriptions", "LoadBalancerName", "balancer"),
)
REST_STAGES = Use("apigateway.GetStages", _things("rest-api", REST_LISTING, "items", "id", "api"))
HTTP_STAGES = Use("apigatewayv2.GetStages", _things("http-api", HTTP_LISTING, "Items", "ApiId", "api"))


@dataclass(frozen=True, slots=True)
class _FrontEnd:
    """A front end, what tells where its own setting sends access logs to (None: nowhere), and the names it goes by."""

    kind: str
    name: str
    arn: str
    source: Source
    asked: Answer
    logs_to: str | None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """An account in a Region, with the gaps that were met there, and what looks for the kinds of front ends in it.

    ``off`` says that the Region is not enabled, so that a listing that refuses because of that hides nothing.
    """

    snapshot: Snapshot
    account: str
    region: str
    gaps: list[Gap]
    off: bool
    looks: tuple[Callable[["_Place"], Iterator[_FrontEnd]], ...]

    def ask(self, use: Use, **arguments: Any) -> Answer:
        return self.snapshot.ask(self.account, self.region, use.operation, arguments)

    def listed(self, answer: Answer, member: str, kind: type = list) -> Answer:
        """The answer, which lists what must be seen: a gap of it is noted, but for that of a Region that is off."""
        told = checked(answer, member, kind)
        if told.gap is not None and not (self.off and is_off(told)):
            self.gaps.append(told.gap)
        return told

    def arn(self, service: str, resource: str, owner: str = "") -> str:
        return f"arn:{self.snapshot.partition}:{service}:{self.region}:{owner}:{resource}"


def front_end_view(snapshot: Snapshot, account: str) -> View:
    """One row for each front end, those that are disabled or were deleted meanwhile left out."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    hidden = left_out(snapshot, account, BALANCER_LISTING.operation)
    gaps = [] if hidden is None else [hidden]
    listings = [snapshot.ask(account, region, BALANCER_LISTING.operation) for region in snapshot.regions(account)]
    if all(map(is_off, listings)):
        gaps += hidden_by(listings)
    rows = [row for place in _places(snapshot, account, gaps) for row in _rows(place, _found(place))]
    return view_of(rows, gaps)


def _places(snapshot: Snapshot, account: str, gaps: list[Gap]) -> Iterator[_Place]:
    """Where front ends may be: each Region in scope, and the one of CloudFront, as a place of its own."""
    if snapshot.partition in _WITH_CLOUDFRONT:
        yield _Place(snapshot, account, global_region(snapshot.partition), gaps, False, (_distributions,))
    for region in snapshot.regions(account):
        off = is_off(snapshot.ask(account, region, BALANCER_LISTING.operation))
        yield _Place(snapshot, account, region, gaps, off, (_balancers, _classic, _rest_stages, _http_stages))


def _found(place: _Place) -> Iterator[_FrontEnd]:
    for look in place.looks:
        yield from look(place)


def _distributions(place: _Place) -> Iterator[_FrontEnd]:
    listed = place.listed(place.ask(DISTRIBUTION_LISTING), "DistributionList", Mapping)
    for pointer, item in _listed_distributions(listed):
        identity = text_member(item, "Id")
        asked = checked(place.ask(CONFIG, Id=identity), "DistributionConfig", Mapping)
        logging = (asked.first.get("DistributionConfig") or {}).get("Logging")
        bucket = text_member(logging, "Bucket") if _is(logging, "Enabled") else ""
        arn, source = text_member(item, "ARN"), Source(listed.key, pointer)
        yield _FrontEnd("distribution", identity, arn, source, asked, bucket or None, {"Distribution": arn})


def _balancers(place: _Place) -> Iterator[_FrontEnd]:
    listed = place.listed(place.ask(BALANCER_LISTING), "LoadBalancers")
    for pointer, item in mappings(listed, "LoadBalancers"):
        if item.get("Type") == "gateway":
            continue
        arn = text_member(item, "LoadBalancerArn")
        asked = checked(place.ask(BALANCER, LoadBalancerArn=arn), "Attributes", list)
        told = {each.get("Key"): each.get("Value") for _, each in mappings(asked, "Attributes")}
        if asked.pages and "access_logs.s3.enabled" not in told:
            asked = asked.without(lacking(Source(asked.key, "/pages/0/Attributes"), "access_logs.s3.enabled"))
        bucket = text_member(told, "access_logs.s3.bucket") if told.get("access_logs.s3.enabled") == "true" else ""
        kind, name = f"{text_member(item, 'Type')} load balancer", text_member(item, "LoadBalancerName")
        yield _FrontEnd(kind, name, arn, Source(listed.key, pointer), asked, bucket or None, {"Balancer": arn})


def _classic(place: _Place) -> Iterator[_FrontEnd]:
    listed = place.listed(place.ask(CLASSIC_LISTING), "LoadBalancerDescriptions")
    for pointer, item in mappings(listed, "LoadBalancerDescriptions"):
        name = text_member(item, "LoadBalancerName")
        asked = checked(place.ask(CLASSIC, LoadBalancerName=name), "LoadBalancerAttributes", Mapping)
        log = (asked.first.get("LoadBalancerAttributes") or {}).get("AccessLog")
        bucket = text_member(log, "S3BucketName") if _is(log, "Enabled") else None
        arn = place.arn("elasticloadbalancing", f"loadbalancer/{name}", place.account)
        source = Source(listed.key, pointer)
        yield _FrontEnd("classic load balancer", name, arn, source, asked, bucket, {"ClassicBalancer": name})


def _rest_stages(place: _Place) -> Iterator[_FrontEnd]:
    for _, api in mappings(place.listed(place.ask(REST_LISTING), "items"), "items"):
        identity = text_member(api, "id")
        stages = place.listed(place.ask(REST_STAGES, restApiId=identity), "item")
        for pointer, item in mappings(stages, "item"):
            stage = text_member(item, "stageName")
            to = text_member(item.get("accessLogSettings"), "destinationArn") or None
            arn = place.arn("apigateway", f"/restapis/{identity}/stages/{stage}")
            names = {"RestApi": identity, "Stage": stage}
            source = Source(stages.key, pointer)
            yield _FrontEnd("stage of a REST API", f"{identity}/{stage}", arn, source, stages, to, names)


def _http_stages(place: _Place) -> Iterator[_FrontEnd]:
    for _, api in mappings(place.listed(place.ask(HTTP_LISTING), "Items"), "Items"):
        identity = text_member(api, "ApiId")
        kind = "stage of a WebSocket API" if api.get("ProtocolType") == "WEBSOCKET" else "stage of an HTTP API"
        stages = place.listed(place.ask(HTTP_STAGES, ApiId=identity), "Items")
        for pointer, item in mappings(stages, "Items"):
            stage = text_member(item, "StageName")
            to = text_member(item.get("AccessLogSettings"), "DestinationArn") or None
            arn = place.arn("apigateway", f"/apis/{identity}/stages/{stage}")
            names = {"HttpApi": identity, "Stage": stage}
            yield _FrontEnd(kind, f"{identity}/{stage}", arn, Source(stages.key, pointer), stages, to, names)


def _is(value: Any, name: str) -> bool:
    """Whether a member is true; other values have none."""
    return isinstance(value, Mapping) and value.get(name) is True


def _rows(place: _Place, found: Iterable[_FrontEnd]) -> Iterator[Row]:
    sources = checked(place.ask(SOURCE_LISTING), "deliverySources", list)
    deliveries = checked(place.ask(DELIVERY_LISTING), "deliveries", list)
    for each in found:
        if not each.asked.absent:
            facts = Facts({"Kind": each.kind, "Name": each.name, "Arn": each.arn, "Region": place.region, **each.names})
            facts.take("LogsTo", each.logs_to, each.asked)
            brought = _delivered(sources, deliveries, each.arn)
            facts.take("Deliveries", brought, sources, deliveries)
            sent = Sent(place.region, each.logs_to, brought, each.asked, (sources, deliveries))
            take_places(facts, place.snapshot, place.account, sent)
            yield facts.row("web.front_end", place.account, place.region, each.arn, (each.source,))


def _delivered(sources: Answer, deliveries: Answer, arn: str) -> list[str]:
    """What the access logs of a front end are delivered to; a source that AWS calls inactive brings nothing."""
    names = {
        item.get("name")
        for _, item in mappings(sources, "deliverySources")
        if arn in (item.get("resourceArns") or ())
        and item.get("logType") in _ACCESS_LOGS
        and item.get("status") != "INACTIVE"
    }
    brought = [item for _, item in mappings(deliveries, "deliveries") if item.get("deliverySourceName") in names]
    return sorted(text_member(item, "deliveryDestinationArn") for item in brought)


def _named(look: Look) -> Iterator[tuple[str, str]]:
    """What front ends name as the place of their access logs, each with its Region."""
    for place in _places(look.snapshot, look.account, []):
        for each in _found(place):
            if each.logs_to:
                yield place.region, each.logs_to


_SETTINGS = (
    DISTRIBUTION_LISTING,
    CONFIG,
    BALANCER_LISTING,
    BALANCER,
    CLASSIC_LISTING,
    CLASSIC,
    REST_LISTING,
    REST_STAGES,
    HTTP_LISTING,
    HTTP_STAGES,
)
"""The calls that tell the front ends and their own settings."""

_DELIVERIES = (SOURCE_LISTING, DELIVERY_LISTING)
_PLACES = (*_DELIVERIES, *place_uses(_named, _SETTINGS, _DELIVERING))

FRONT_END = ResourceType(
    name="web.front_end",
    title="Web front end that AWS runs, with where its access logs go",
    view=front_end_view,
    calls=_SETTINGS,
    fields={
        "Kind": Field(
            "What it is: distribution (of CloudFront, enabled), application, network or classic load balancer, or "
            "stage of a REST, HTTP or WebSocket API."
        ),
        "Name": Field("Its id or name; of a stage, the id of the API and its name with a slash between."),
        "Arn": Field("Its ARN."),
        "Region": Field("Its Region; that of a distribution is the global one of the partition."),
        "LogsTo": Field(
            "The bucket, log group or stream that its own setting sends access logs to; null while it is off."
        ),
        "Deliveries": Field(
            "ARNs of the delivery destinations that CloudWatch Logs brings its access logs to; [] without any.",
            calls=_DELIVERIES,
        ),
        "ExistingPlaces": Field(
            "The buckets, log groups and streams that its access logs go to, either way, and that exist.",
            calls=_PLACES,
        ),
        "MissingPlaces": Field("Those of them that do not exist.", calls=_PLACES),
        "MorePlaces": Field("Always []; a gap where it is not known of one of them whether it exists.", calls=_PLACES),
        "Distribution": Field("ARN of the distribution, where it is one."),
        "Balancer": Field("ARN of the load balancer, where it is an application or network load balancer."),
        "ClassicBalancer": Field("Name of the load balancer, where it is a classic one."),
        "RestApi": Field("Id of the API, where it is a stage of a REST API."),
        "HttpApi": Field("Id of the API, where it is a stage of an HTTP or WebSocket API."),
        "Stage": Field("Name of the stage, where it is one."),
    },
    own_names={
        "DISTRIBUTION-ARN": "Distribution",
        "BALANCER-ARN": "Balancer",
        "CLASSIC-NAME": "ClassicBalancer",
        "REST-API-ID": "RestApi",
        "HTTP-API-ID": "HttpApi",
        "STAGE-NAME": "Stage",
        "REGION": "Region",
    },
    listed_by=(
        DISTRIBUTION_LISTING.operation,
        BALANCER_LISTING.operation,
        CLASSIC_LISTING.operation,
        REST_LISTING.operation,
        HTTP_LISTING.operation,
    ),
)
