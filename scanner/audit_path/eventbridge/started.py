"""What EventBridge reaches as a role and is looked up: API destinations, state machines and response plans.

Each is asked about in the account that owns it. Sources: EventBridge API reference, ``DescribeApiDestination`` (by
name) and ``DescribeConnection``; Step Functions API reference, ``DescribeStateMachine``; Incident Manager API
reference, ``GetResponsePlan`` (a response plan's ARN names no Region).
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from scanner.arns import Arn, parse_arn
from scanner.audit_path.members import text_member
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.snapshot.answers import Answer

DESCRIBE_DESTINATION, DESCRIBE_CONNECTION = "events.DescribeApiDestination", "events.DescribeConnection"
DESCRIBE_MACHINE, GET_PLAN = "stepfunctions.DescribeStateMachine", "ssm-incidents.GetResponsePlan"

Named = Callable[[Look], Iterable[tuple[str, Arn]]]
"""Finds the places that something sends to, each with the Region of what sends there."""


def about_started(name: str, named: Named, named_by: tuple[Use, ...]) -> tuple[Use, ...]:
    """The calls about those of the places that EventBridge reaches as a role and that can be looked up."""
    destinations, machines, plans = (
        Things(f"{name}-{kind}", partial(_each, named=named, called=called), named_by)
        for kind, called in (
            ("api-destination", destination_name),
            ("state-machine", machine_arn),
            ("response-plan", _plan_arn),
        )
    )
    described = Use(DESCRIBE_DESTINATION, per=destinations)
    connections = Things(f"{name}-connection", partial(_connections, destinations=destinations), (*named_by, described))
    return (
        described,
        Use(DESCRIBE_CONNECTION, per=connections),
        Use(DESCRIBE_MACHINE, per=machines),
        Use(GET_PLAN, per=plans),
    )


def destination_name(arn: Arn) -> str:
    """How an API destination is asked for: its name without the id behind it; "" for something else."""
    return arn.after("api-destination/").partition("/")[0] if arn.service == "events" else ""


def machine_arn(arn: Arn) -> str:
    """How a state machine is asked for: its ARN without version and alias; "" for something else."""
    name = arn.named("stateMachine:") if arn.service == "states" else ""
    return str(Arn(arn.partition, arn.service, arn.region, arn.account, f"stateMachine:{name}")) if name else ""


def connection_of(described: Answer) -> Arn | None:
    """The connection of an API destination that was described."""
    arn = parse_arn(text_member(described.first, "ConnectionArn"))
    return arn if arn is not None and connection_name(arn) else None


def connection_name(arn: Arn) -> str:
    """How a connection is asked for: its name without the id behind it."""
    return arn.after("connection/").partition("/")[0]


def _plan_arn(arn: Arn) -> str:
    return str(arn) if arn.service == "ssm-incidents" and arn.after("response-plan/") else ""


def _each(look: Look, named: Named, called: Callable[[Arn], str]) -> Iterator[Thing]:
    """Those of one kind, of accounts that are looked at: asked by its name, a place is one of who asks."""
    for region, arn in named(look):
        name = called(arn)
        if name and (arn.account == look.account or arn.account in look.others):
            yield Thing(arn.region or region, {"endpoint": name}, owner=arn.account)


def _connections(look: Look, destinations: Things) -> Iterator[Thing]:
    for each in look.each(destinations):
        asked = {"Name": each.facts["endpoint"]}
        arn = connection_of(look.snapshot.ask(look.account, each.region, DESCRIBE_DESTINATION, asked))
        if arn is not None:
            yield Thing(arn.region, {"connection": connection_name(arn)})
