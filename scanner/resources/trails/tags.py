"""The tags of trails. Source: CloudTrail API reference, ``ListTags``."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.audit_path.places import TRAIL_LISTING, TRAILS
from scanner.audit_path.stores import VisibleTrail, mappings, visible_trails
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, Held, ResourceType, Row, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.trails.cloudtrail import ask_of_trail
from scanner.snapshot.answers import Snapshot


def _asked(trail: str) -> Mapping[str, Any]:
    return {"ResourceIdList": [trail]}


def _tagged_trails(look: Look) -> Iterator[Thing]:
    for thing in look.each(TRAILS):
        yield Thing(thing.region, besides=_asked(thing.facts["trail"]))


TRAIL_TAGS = Use("cloudtrail.ListTags", per=Things("tagged-trail", _tagged_trails, (TRAIL_LISTING,)))
"""The tags of each trail, asked for in its home Region."""


def tagged_trail_view(snapshot: Snapshot, account: str) -> View:
    """One row for each trail visible in the account, with the tags that customers gave it.

    Those of AWS, whose keys begin with ``aws:``, are left out.
    """
    visible = visible_trails(snapshot, account)
    return view_of([_row(snapshot, account, trail) for trail in visible.trails], list(visible.gaps))


def _row(snapshot: Snapshot, account: str, trail: VisibleTrail) -> Row:
    facts = Facts({"TrailARN": trail.arn, "Name": trail.text("Name") or trail.arn})
    asked = ask_of_trail(snapshot, account, trail.account, trail.region, TRAIL_TAGS.operation, _asked(trail.arn))
    answer = checked(asked, "ResourceTagList", list)
    tags: list[dict[str, Any]] = []
    for _, listed in mappings(answer, "ResourceTagList"):
        if listed.get("ResourceId") == trail.arn:
            tags += (dict(tag) for tag in listed.get("TagsList") or ())
    own = [tag for tag in tags if not str(tag.get("Key")).startswith("aws:")]
    facts.take("Tags", own, answer, pointer="/pages/0/ResourceTagList")
    return facts.row("cloudtrail.tagged_trail", account, trail.region, trail.arn, (trail.source,))


TAGGED_TRAIL = ResourceType(
    name="cloudtrail.tagged_trail",
    title="CloudTrail trail with its tags",
    view=tagged_trail_view,
    calls=(TRAIL_LISTING,),
    fields={
        "TrailARN": Field("ARN of the trail."),
        "Name": Field("Name of the trail."),
        "Tags": Field("Its tags as objects {Key, Value}, without those of AWS; [] without any.", calls=(TRAIL_TAGS,)),
    },
    own_names={"NAME": "TrailARN"},
    held=Held(),
)
