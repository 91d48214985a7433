"""``check: service-route``: every event of a service, such as a finding, must reach a person."""

import json
from collections.abc import Iterator, Mapping

from scanner.content.draft import Draft, Resources
from scanner.content.kinds.kind import CheckKind, Data
from scanner.errors import PatternError
from scanner.model import Service, ServiceRouteCheck, Steps


def _read(data: Data) -> ServiceRouteCheck:
    fields = data.get("fields", {})
    return ServiceRouteCheck(
        service=Service(data["service"]),
        events=json.dumps(data["events"]),
        steps=tuple(
            Steps(path, float(each["from"]), float(each["to"]), float(each["step"]))
            for path, each in fields.get("steps", {}).items()
        ),
        present=tuple(fields.get("present", ())),
        single=tuple(fields.get("single", ())),
        open=tuple(fields.get("open", ())),
    )


def _mistakes(draft: Draft, resources: Resources | None) -> Iterator[str]:
    from scanner.eventbridge.with_values import names_in, with_values
    from scanner.pattern import parse_event_pattern

    del resources
    events, defaults = draft.data.get("events"), draft.defaults
    if not isinstance(events, Mapping) or defaults is None:
        return
    for name in sorted({*names_in(events)} - defaults.keys()):
        yield draft.mistake(("events",), f"events: there is no parameter {name}")
    try:
        parse_event_pattern(with_values(events, defaults))
    except PatternError as error:
        yield draft.mistake(("events",), f"events: {error.message}")


def _parameters(data: Data) -> frozenset[str]:
    from scanner.eventbridge.with_values import names_in

    return frozenset(names_in(data["events"]))


def _describe(check: ServiceRouteCheck) -> list[str]:
    return ["events that must reach a person:", json.dumps(json.loads(check.events), indent=2), ""]


KIND = CheckKind(
    check=ServiceRouteCheck,
    read=_read,
    mistakes=_mistakes,
    parameters=_parameters,
    describe=_describe,
    has_decoy=True,
)
"""What the rest of the house asks of a kind of check."""
