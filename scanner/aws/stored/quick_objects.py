"""Many objects of a bucket, read without what the AWS SDK works out anew for each call.

Where and for which Region a request goes is learned from the SDK's own request for an object of the bucket, after
every redirect; what follows is signed by the SDK's signer, looked at by the guard of the session and sent by the same
connections. Whatever is not a whole answer with status 200 is asked for again in the ordinary way, which knows retries,
redirects and the words of errors.
"""

import re
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.response import StreamingBody

from scanner import __version__
from scanner.aws.asking import CALL_FAILURES
from scanner.aws.session import AwsSession
from scanner.aws.stored.objects import Body, read_object

_SENDING = "before-send.s3.GetObject"
_SCOPE = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/([a-z0-9-]+)/s3/aws4_request")
_METADATA = "x-amz-meta-"


@dataclass(frozen=True, slots=True)
class _Way:
    """How the objects of a bucket are reached: the URL before their keys, and the Region of signatures."""

    base: str
    region: str


class QuickObjects:
    """The objects that a session may read. Safe to use from several threads."""

    def __init__(self, session: AwsSession) -> None:
        self._session = session
        self._client = session.client("s3", session.global_region)
        self._client.meta.events.register_last(_SENDING, self._saw)
        self._seen = threading.local()
        self._ways: dict[str, _Way] = {}

    def read(self, bucket: str, key: str, limit: int) -> Body:
        """An object, at most ``limit + 1`` of its bytes. Raises SourceError as ``read_object`` does."""
        way = self._ways.get(bucket)
        found = self._quick(way, key, limit) if way is not None else None
        if found is None:
            found = read_object(self._session, self._session.global_region, bucket, key, limit)
            self._learn(bucket, key)
        return found

    def _saw(self, *, request: Any, **_rest: Any) -> None:
        self._seen.request = request

    def _learn(self, bucket: str, key: str) -> None:
        """The way of a request that was answered."""
        request = getattr(self._seen, "request", None)
        authorization = request.headers.get("Authorization", b"") if request is not None else b""
        text = authorization.decode("latin-1") if isinstance(authorization, bytes) else str(authorization)
        scope = _SCOPE.match(text)
        path = _path(key)
        if request is not None and scope is not None and request.url.endswith(path):
            self._ways[bucket] = _Way(request.url.removesuffix(path), scope[1])

    def _quick(self, way: _Way, key: str, limit: int) -> Body | None:
        """The answer to one request that is sent once; None for anything but the whole object."""
        headers = {"User-Agent": f"trailwitness/{__version__}"}
        request = AWSRequest("GET", f"{way.base}{_path(key)}", headers=headers, stream_output=True)
        S3SigV4Auth(self._session.credentials(), "s3", way.region).add_auth(request)
        prepared = request.prepare()
        # The guard looks at this request as at every other.
        self._client.meta.events.emit(_SENDING, request=prepared)
        try:
            # The client's own connections, with its proxies and certificates.
            answer = self._client._endpoint.http_session.send(prepared)  # noqa: SLF001 - the SDK gives no other name
            length = answer.headers.get("Content-Length")
            with StreamingBody(answer.raw, length) as body:
                content: bytes = body.read(limit + 1)
        except CALL_FAILURES:
            return None
        if answer.status_code != 200 or length is None or len(content) != min(int(length), limit + 1):
            return None
        names = ((name.lower(), value) for name, value in answer.headers.items())
        return Body(content, {name[len(_METADATA) :]: value for name, value in names if name.startswith(_METADATA)})


def _path(key: str) -> str:
    """A key as the SDK writes it into a path."""
    return quote(key, safe="/~")
