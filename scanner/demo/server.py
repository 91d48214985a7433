"""A stand-in for AWS on this machine: a moto server in a process of its own, on a free loopback port.

moto leaves out some facts that a real account has. The server adds them (see :class:`CompleteAnswers`), so that the
demo account can be sound as well as broken. Operations that moto does not answer at all :mod:`scanner.demo.lacking`
does. Nothing here is ever reachable from another machine.
"""

import importlib.util
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any

from scanner.demo.lacking.asked import lake_arn
from scanner.demo.lacking.endpoint import Lacking
from scanner.demo.organization_trails import Application, OrganizationTrails
from scanner.errors import CollectError, UsageError

START_SECONDS = 60
"""How long the server may take to say its port."""

UNCONFIRMED = "unconfirmed"
"""An e-mail subscription whose address starts like this stays ``PendingConfirmation``; moto confirms all others."""

_ADDRESS = "127.0.0.1"
_NEEDED = ("moto", "flask", "flask_cors", "werkzeug")
_TRAIL_STATUS = ".GetTrailStatus"
_EVENT_DATA_STORES = (".ListEventDataStores", ".GetEventDataStore")
_INSIGHT_SELECTORS = ".GetInsightSelectors"
_NO_INSIGHTS = {"__type": "InsightNotEnabledException", "message": "The event data store has no Insights."}
_LAKE: Mapping[str, Any] = {
    "Name": "audit-lake",
    "Status": "ENABLED",
    "AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}],
    "MultiRegionEnabled": True,
    "OrganizationEnabled": False,
    "RetentionPeriod": 2557,
    "TerminationProtectionEnabled": True,
}
"""An event data store as it is made by default, but for the name."""


@contextmanager
def demo_server() -> Iterator[str]:
    """Start the server, give its URL, and stop it on leaving.

    UsageError when moto is not installed; CollectError when the server does not start.
    """
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        raise UsageError(
            "The demo account needs moto, which is not installed.",
            "Run make demo in a checkout, or, where an index of your own has it, pip install 'trailwitness[demo]'.",
        )
    with tempfile.TemporaryFile() as complaints:
        # The child stops when its standard input closes, so it cannot outlive us.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "scanner.demo.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=_without_aws(),
        )
        try:
            yield f"http://{_ADDRESS}:{_port(process, complaints)}"
        finally:
            _stop(process)


def _without_aws() -> dict[str, str]:
    # moto reads the AWS configuration here and there; the user's own must neither break nor change the stand-in.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def _port(process: subprocess.Popen[bytes], complaints: IO[bytes]) -> int:
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        said = process.stdout.readline() if process.stdout else b""
    finally:
        timer.cancel()
    if not said.strip().isdigit():
        process.kill()
        process.wait()
        complaints.seek(0)
        last = complaints.read().decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise CollectError(f"The demo server did not start: {last[0]}", "Is moto[server] installed completely?")
    return int(said)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


class CompleteAnswers:
    """A WSGI application around moto's that adds what a real account would answer.

    ``GetTrailStatus`` of a logging trail names the latest delivery to its log group and of its digest file (CloudTrail
    API reference); event data stores, which moto lacks, are listed; an e-mail subscription to an ``unconfirmed…``
    address stays pending (SNS API reference, Subscribe).
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        if target.endswith(_TRAIL_STATUS):
            return self._trail_status(environ, start_response)
        if target.endswith(_EVENT_DATA_STORES):
            return _event_data_stores(environ, start_response)
        if target.endswith(_INSIGHT_SELECTORS) and _of_store(environ):
            return _answered(start_response, "400 Bad Request", _NO_INSIGHTS)
        answer = self._application(environ, start_response)
        _keep_pending()
        return answer

    def _trail_status(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(content)
        started: list[tuple[Any, ...]] = []
        answer = b"".join(self._application(environ, lambda *facts: started.append(facts)))
        status, headers, *rest = started[-1]
        if status.startswith("200"):
            answer = json.dumps(_completed(json.loads(answer), str(json.loads(content).get("Name")))).encode()
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(answer)))], *rest)
        return [answer]


def _event_data_stores(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """List the event data stores of the Region that the request is signed for, or describe the one it asks for."""
    content = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
    region = (str(environ.get("HTTP_AUTHORIZATION", "")).split("/") + [""] * 3)[2]
    stores = [{"EventDataStoreArn": arn, "Name": "audit-lake"} for arn in _lakes(region)]
    found: dict[str, Any] = {"EventDataStores": stores}
    if "EventDataStore" in content:
        found = {"EventDataStoreArn": content["EventDataStore"], **_LAKE}
    return _answered(start_response, "200 OK", found)


def _answered(start_response: Callable[..., Any], status: str, found: Mapping[str, Any]) -> Iterable[bytes]:
    answer = json.dumps(found).encode()
    headers = [
        ("Content-Type", "application/x-amz-json-1.1"),
        ("Content-Length", str(len(answer))),
        ("x-amzn-RequestId", str(uuid.uuid4())),
    ]
    start_response(status, headers)
    return [answer]


def _of_store(environ: dict[str, Any]) -> bool:
    """Whether a request names an event data store; it can be read once more afterwards."""
    content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(content)
    return "EventDataStore" in json.loads(content or b"{}")


def _lakes(region: str) -> list[str]:
    """One event data store, with the key of CloudTrail, in each Region that is home to trails of an account."""
    from moto.cloudtrail.models import cloudtrail_backends

    return [
        lake_arn(region, name)
        for name, account in list(cloudtrail_backends.items())
        if region in account and account[region].trails
    ]


def _completed(status: dict[str, Any], name: str) -> dict[str, Any]:
    from moto.cloudtrail.models import cloudtrail_backends

    trails = (
        trail
        for account in cloudtrail_backends.values()
        for backend in account.values()
        for trail in backend.trails.values()
    )
    trail = next((trail for trail in trails if name in {trail.arn, trail.trail_name}), None)
    if trail is None or not status.get("IsLogging"):
        return status
    now = int(time.time())
    if trail.cw_log_group_arn:
        status["LatestCloudWatchLogsDeliveryTime"] = now
    if trail.log_validation:
        status["LatestDigestDeliveryTime"] = now
    return status


def _keep_pending() -> None:
    from moto.sns.models import sns_backends

    for account in list(sns_backends.values()):
        for backend in list(account.values()):
            for subscription in list(backend.subscriptions.values()):
                if subscription.protocol == "email" and subscription.endpoint.startswith(UNCONFIRMED):
                    subscription.arn = "PendingConfirmation"


def main() -> None:
    """Serve on a free port, say the port on standard output, and stop when standard input closes."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    class Dispatcher(DomainDispatcherApplication):
        """Looks for what answers a host once; moto searches its own folders for it at every request."""

        def __init__(self) -> None:
            super().__init__(create_backend_app)
            self._known: dict[str | None, Any] = {}

        def get_backend_for_host(self, host: str | None) -> Any:
            if host not in self._known:
                self._known[host] = super().get_backend_for_host(host)
            return self._known[host]

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    behind = OrganizationTrails(Dispatcher())
    application = CompleteAnswers(Lacking(behind))
    server = make_server(_ADDRESS, 0, application, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
