"""Cross-account observability of the stand-in: links and sinks that are kept while it runs, and one of each besides.

Every account shares log groups, and no metrics, with another, over a link that was always there. Source: CloudWatch
Observability Access Manager API reference, ``CreateSink``, ``DeleteSink``, ``CreateLink``, ``UpdateLink``,
``DeleteLink``, ``ListLinks``, ``GetLink`` and ``ListAttachedLinks``.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import parse_arn
from scanner.demo.lacking.asked import Asked, NoSuchThingError

_MONITOR = "444455556666"
_SINK = "5b6c7d8e-9f0a-4b1c-8d2e-3f4a5b6c7d8e"
_MISSING = "ResourceNotFoundException"

_SINKS: dict[str, str] = {}
"""The name of each sink that was made, by its ARN."""

_LINKS: dict[str, dict[str, Any]] = {}
"""Each link that was made, by its ARN."""


def make_sink(asked: Asked) -> Mapping[str, Any]:
    """``CreateSink``."""
    name, identity = str(asked.parameters["Name"]), str(uuid.uuid4())
    arn = f"arn:aws:oam:{asked.region}:{asked.account}:sink/{identity}"
    _SINKS[arn] = name
    return {"Arn": arn, "Id": identity, "Name": name}


def delete_sink(asked: Asked) -> Mapping[str, Any]:
    """``DeleteSink``; one with links cannot be deleted."""
    arn = str(asked.parameters["Identifier"])
    if any(link["SinkArn"] == arn for link in _LINKS.values()):
        raise NoSuchThingError("ConflictException", "There are links to the sink.")
    _SINKS.pop(arn, None)
    return {}


def make_link(asked: Asked) -> Mapping[str, Any]:
    """``CreateLink`` to a sink that is there."""
    sink = str(asked.parameters["SinkIdentifier"])
    if sink not in _SINKS:
        raise NoSuchThingError(_MISSING, "There is no such sink.")
    identity = str(uuid.uuid4())
    arn = f"arn:aws:oam:{asked.region}:{asked.account}:link/{identity}"
    _LINKS[arn] = {"Arn": arn, "Id": identity, "Label": asked.account, "SinkArn": sink, **_shared(asked)}
    return _LINKS[arn]


def update_link(asked: Asked) -> Mapping[str, Any]:
    """``UpdateLink``: what it shares, and which of it."""
    kept = _kept(asked)
    kept.pop("LinkConfiguration", None)
    kept.update(_shared(asked))
    return kept


def delete_link(asked: Asked) -> Mapping[str, Any]:
    """``DeleteLink``."""
    del _LINKS[_kept(asked)["Arn"]]
    return {}


def _shared(asked: Asked) -> dict[str, Any]:
    return {name: asked.parameters[name] for name in ("ResourceTypes", "LinkConfiguration") if name in asked.parameters}


def _kept(asked: Asked) -> dict[str, Any]:
    if (found := _LINKS.get(str(asked.parameters["Identifier"]))) is None:
        raise NoSuchThingError(_MISSING, "There is no such link.")
    return found


def _made_here(made: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    for text in made:
        arn = parse_arn(text)
        if arn is not None and (arn.account, arn.region) == (asked.account, asked.region):
            yield text


def links(asked: Asked) -> Mapping[str, Any]:
    """``ListLinks``: that over which alarms see nothing, and those that were made."""
    made = [_without_configuration(_LINKS[arn]) for arn in _made_here(_LINKS, asked)]
    return {"Items": [_link(asked), *made]}


def _without_configuration(link: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in link.items() if name != "LinkConfiguration"}


def link(asked: Asked) -> Mapping[str, Any]:
    """``GetLink``: the first shares the log groups of applications, and not that of the audit logs."""
    found = _link(asked)
    if asked.parameters["Identifier"] != found["Arn"]:
        return _kept(asked)
    only = {"LogGroupConfiguration": {"Filter": "LogGroupName LIKE 'app/%'"}}
    return {**found, "LinkConfiguration": only}


def _link(asked: Asked) -> dict[str, Any]:
    return {
        "Arn": f"arn:aws:oam:{asked.region}:{asked.account}:link/7c3b9f52-5f6e-4f0e-9d2a-1b2c3d4e5f60",
        "Id": "7c3b9f52-5f6e-4f0e-9d2a-1b2c3d4e5f60",
        "Label": "demo",
        "ResourceTypes": ["AWS::Logs::LogGroup"],
        "SinkArn": f"arn:aws:oam:{asked.region}:{_MONITOR}:sink/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    }


def attached(asked: Asked) -> Mapping[str, Any]:
    """``ListAttachedLinks``."""
    sink = str(asked.parameters["SinkIdentifier"])
    if sink not in {_sink(asked), *_made_here(_SINKS, asked)}:
        raise NoSuchThingError(_MISSING, "There is no such sink.")
    found = [link for link in _LINKS.values() if link["SinkArn"] == sink]
    return {
        "Items": [
            {"LinkArn": link["Arn"], "Label": link["Label"], "ResourceTypes": link["ResourceTypes"]} for link in found
        ]
    }


def sinks(asked: Asked) -> Mapping[str, Any]:
    """``ListSinks``: one, to which an account that nobody declared may link, and those that were made."""
    made = [
        {"Arn": arn, "Id": arn.rpartition("/")[2], "Name": _SINKS[arn]} for arn in sorted(_made_here(_SINKS, asked))
    ]
    return {"Items": [{"Arn": _sink(asked), "Id": _SINK, "Name": "central"}, *made]}


def sink_policy(asked: Asked) -> Mapping[str, Any]:
    """``GetSinkPolicy``."""
    if asked.parameters["SinkIdentifier"] != _sink(asked):
        raise NoSuchThingError(_MISSING, "There is no such sink.")
    allow = {"Effect": "Allow", "Principal": {"AWS": _MONITOR}, "Action": "oam:CreateLink", "Resource": "*"}
    return {"SinkArn": _sink(asked), "SinkId": _SINK, "Policy": json.dumps({"Statement": [allow]})}


def _sink(asked: Asked) -> str:
    return f"arn:aws:oam:{asked.region}:{asked.account}:sink/{_SINK}"
