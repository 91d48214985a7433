"""An AWS stand-in: it answers LookupEvents, which moto does not offer, who the caller is, and which Regions exist.

It holds pages of events for each Region, remembers what it was asked and when, and can be told to refuse.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, cast

ACCOUNT = "111122223333"
TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
THROTTLED = "ThrottlingException"

_REGION = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/")
_IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/auditor</Arn><UserId>AIDAEXAMPLEUSER00001</UserId>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request for events: when it came, for which Region, what it asked for, and the error it got ("" for none)."""

    at: float
    region: str
    asked: Mapping[str, Any]
    refused: str


@dataclass(slots=True)
class History:
    """The pages of each Region.

    ``refusals`` are the error codes that are answered, one after another, before the page (Region, number) is given;
    ``forever`` is the error of a page that is never given.
    """

    pages: dict[str, Sequence[Sequence[Mapping[str, Any]]]]
    refusals: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    forever: dict[tuple[str, int], str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lookup(self, region: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer one request as (status, document)."""
        number = int(asked.get("NextToken", "page-0").removeprefix("page-"))
        with self.lock:
            waiting = self.refusals.get((region, number), [])
            code = self._changed(region, asked) or self.forever.get((region, number), "")
            if not code and waiting:
                code = waiting.pop(0)
            self.requests.append(Request(self.clock(), region, asked, code))
        if code:
            return 400, {"__type": code, "message": "Rate exceeded" if code == THROTTLED else "Refused on purpose"}
        pages = self.pages[region]
        following = {"NextToken": f"page-{number + 1}"} if number + 1 < len(pages) else {}
        return 200, {"Events": pages[number], **following}

    def _changed(self, region: str, asked: Mapping[str, Any]) -> str:
        """The error for a token that comes with other arguments than the first request (CloudTrail API reference)."""
        first = next((each.asked for each in self.requests if each.region == region), asked)
        same = {**first, "NextToken": ""} == {**asked, "NextToken": ""}
        return "" if same else "InvalidNextTokenException"

    def gaps(self, region: str) -> list[float]:
        """The seconds between one request for a Region and the next."""
        times = [each.at for each in self.requests if each.region == region]
        return [later - earlier for earlier, later in pairwise(times)]


def event(record: Mapping[str, Any], moment: int) -> dict[str, Any]:
    """An item of LookupEvents' answer with its record as text; ``moment`` is in seconds since 1970."""
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": "false",
        "EventTime": moment,
        "EventSource": record["eventSource"],
        "Username": "anna",
        "Resources": [],
        "CloudTrailEvent": json.dumps(record),
    }


class _Server(ThreadingHTTPServer):
    def __init__(self, history: History) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.history = history


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        region = _REGION.search(self.headers["Authorization"])
        history = cast("_Server", self.server).history
        if self.headers.get("X-Amz-Target") == TARGET and region:
            status, document = history.lookup(region[1], json.loads(body))
            self._answer(status, json.dumps(document), "application/x-amz-json-1.1")
        elif b"Action=GetCallerIdentity" in body:
            self._answer(200, _IDENTITY, "text/xml")
        elif b"Action=DescribeRegions" in body:
            self._answer(200, _regions(history.pages), "text/xml")
        else:
            self._answer(400, '{"__type": "UnknownOperationException"}', "application/x-amz-json-1.1")

    def _answer(self, status: int, text: str, kind: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _regions(names: Iterator[str] | Mapping[str, Any]) -> str:
    items = "".join(
        f"<item><regionName>{name}</regionName><regionEndpoint>x</regionEndpoint>"
        "<optInStatus>opt-in-not-required</optInStatus></item>"
        for name in names
    )
    return (
        '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    )


@contextmanager
def serve(history: History) -> Iterator[str]:
    """Answer on a free port of this machine, give the URL, and stop on leaving."""
    with _Server(history) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
