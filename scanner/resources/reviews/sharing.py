"""With which accounts an account shares what CloudWatch holds: the sharing role, its links, and sinks others link to.

Source: CloudWatch User Guide, "Cross-account cross-Region CloudWatch console" (the role) and "CloudWatch cross-account
observability"; CloudWatch Observability Access Manager API reference, ``GetSinkPolicy`` (who may link to the sink) and
``ListLinks`` (over a link the account of the sink sees what the link is for).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.observability import SHARING_ROLE
from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import enabled_regions, mappings, no_region
from scanner.facts.facts import Facts, checked, member
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.reviews.groups import left_out
from scanner.snapshot.answers import Answer, Snapshot


def _sharing_role(look: Look) -> Iterator[Thing]:
    yield Thing(global_region(look.snapshot.partition), {"role": SHARING_ROLE})


ROLE = Use("iam.GetRole", per=Things("own-sharing-role", _sharing_role))
SINK_LISTING = Use("oam.ListSinks", per=REGIONS)
LINKS_OF_ACCOUNT = Use("oam.ListLinks", per=REGIONS)


def _sinks(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        for arn in _sink_arns(look.snapshot.ask(look.account, region, SINK_LISTING.operation)):
            yield Thing(region, {"sink": arn})


SINK_POLICY = Use("oam.GetSinkPolicy", per=Things("own-sink", _sinks, (SINK_LISTING,)))


def _sink_arns(answer: Answer) -> list[str]:
    arns = (item.get("Arn") for _, item in mappings(answer, "Items"))
    return [arn for arn in arns if isinstance(arn, str) and arn]


def sharing_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account; without any Region in scope nothing is known of its sinks."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    facts = Facts({"AccountId": account})
    role = snapshot.ask(account, global_region(snapshot.partition), ROLE.operation, {"RoleName": SHARING_ROLE})
    told = None if role.absent else (member(role, "Role") or {}).get("AssumeRolePolicyDocument")
    facts.take("SharingRole", told, role, pointer="/pages/0/Role")
    _put_sinks(snapshot, account, facts)
    _put_links(snapshot, account, facts)
    return view_of([facts.row("cloudwatch.account", account, "", account, ())], [])


def _put_sinks(snapshot: Snapshot, account: str, facts: Facts) -> None:
    """The sinks whose policies are known, and why there may be more: a Region left out may hold one, too."""
    found: list[dict[str, Any]] = []
    answers: list[Answer] = []
    for region in enabled_regions(snapshot, account):
        listing = checked(snapshot.ask(account, region, SINK_LISTING.operation), "Items", list)
        answers.append(listing)
        for arn in _sink_arns(listing):
            policy = snapshot.ask(account, region, SINK_POLICY.operation, {"SinkIdentifier": arn})
            answers.append(policy)
            if policy.gap is None:
                found.append({"Arn": arn, "AccountId": account, "Policy": policy.first.get("Policy")})
    facts.take("Sinks", found, *(answer for answer in answers if answer.gap is None))
    gap = next((answer.gap for answer in answers if answer.gap is not None), None) or left_out(
        snapshot, account, SINK_LISTING.operation
    )
    if gap is None:
        facts.take("MoreSinks", [])
    else:
        facts.gaps["MoreSinks"] = gap


def _link(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item.get(name) for name in ("Arn", "SinkArn", "ResourceTypes")}


def _put_links(snapshot: Snapshot, account: str, facts: Facts) -> None:
    """The links that are known, and why there may be more."""
    regions = enabled_regions(snapshot, account)
    answers = [checked(snapshot.ask(account, region, LINKS_OF_ACCOUNT.operation), "Items", list) for region in regions]
    listed = [item for answer in answers for _, item in mappings(answer, "Items")]
    facts.take("Links", list(map(_link, listed)), *(answer for answer in answers if answer.gap is None))
    gap = next((answer.gap for answer in answers if answer.gap is not None), None)
    gap = gap or left_out(snapshot, account, LINKS_OF_ACCOUNT.operation)
    if gap is None:
        facts.take("MoreLinks", [])
    else:
        facts.gaps["MoreLinks"] = gap


SHARING = ResourceType(
    name="cloudwatch.account",
    title="Account with what lets other accounts see its CloudWatch data, or send theirs",
    view=sharing_view,
    calls=(),
    fields={
        "AccountId": Field("The account."),
        "SharingRole": Field(
            f"Trust policy of its role {SHARING_ROLE}, by which others see its CloudWatch data; null without the role.",
            calls=(ROLE,),
        ),
        "Sinks": Field(
            "Its sinks of cross-account observability that are known, as objects {Arn, AccountId, Policy}; Policy says "
            "who may link to the sink and is null without one; [] without any.",
            calls=(SINK_LISTING, SINK_POLICY),
        ),
        "Links": Field(
            "Its links to sinks of monitoring accounts that are known, as objects {Arn, SinkArn, ResourceTypes}: over "
            "a link the account of the sink sees what is of these types; [] without any.",
            calls=(LINKS_OF_ACCOUNT,),
        ),
        "MoreLinks": Field(
            "Always []; a gap where an enabled Region was left out, or does not tell of its links.",
            calls=(LINKS_OF_ACCOUNT,),
        ),
        "MoreSinks": Field(
            "Always []; a gap where an enabled Region was left out, or does not tell of its sinks or their policies.",
            calls=(SINK_LISTING, SINK_POLICY),
        ),
    },
    listed_by=("oam.ListSinks",),
    one_per_account=True,
)
