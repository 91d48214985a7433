"""Cross-account observability of the stand-in: every account shares log groups, and no metrics, with another."""

import json
from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked, NoSuchThingError

_MONITOR = "444455556666"
_SINK = "5b6c7d8e-9f0a-4b1c-8d2e-3f4a5b6c7d8e"


def links(asked: Asked) -> Mapping[str, Any]:
    """``ListLinks``: one link, over which alarms see nothing."""
    return {"Items": [_link(asked)]}


def link(asked: Asked) -> Mapping[str, Any]:
    """``GetLink``: it shares the log groups of applications, and not that of the audit logs."""
    found = _link(asked)
    if asked.parameters["Identifier"] != found["Arn"]:
        raise NoSuchThingError("ResourceNotFoundException", "There is no such link.")
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


def sinks(asked: Asked) -> Mapping[str, Any]:
    """``ListSinks``: one, to which an account that nobody declared may link."""
    return {"Items": [{"Arn": _sink(asked), "Id": _SINK, "Name": "central"}]}


def sink_policy(asked: Asked) -> Mapping[str, Any]:
    """``GetSinkPolicy``."""
    if asked.parameters["SinkIdentifier"] != _sink(asked):
        raise NoSuchThingError("ResourceNotFoundException", "There is no such sink.")
    allow = {"Effect": "Allow", "Principal": {"AWS": _MONITOR}, "Action": "oam:CreateLink", "Resource": "*"}
    return {"SinkArn": _sink(asked), "SinkId": _SINK, "Policy": json.dumps({"Statement": [allow]})}


def _sink(asked: Asked) -> str:
    return f"arn:aws:oam:{asked.region}:{asked.account}:sink/{_SINK}"
