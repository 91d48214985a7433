"""A stand-in for S3 and CloudTrail on this machine: objects of one bucket, and the public keys of its digests.

It answers as much as validating log files asks, ours and that of aws-cli: ``GetObject``, both listings,
``GetBucketLocation``, ``ListPublicKeys`` and ``GetTrailStatus``. Every GET of an object can take a while, as over a
network; keys can be refused. Run as a program, it serves a folder: what a second process reads costs this one nothing.
"""

import base64
import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_REGION = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/")
_METADATA = ("signature", "signature-algorithm", "backfill-generation-timestamp")


@dataclass(slots=True)
class Bucket:
    """The objects of a bucket with their metadata, and public keys as (fingerprint, DER).

    The first who ask for keys wait for each other, as many as ``meeting`` says.
    """

    name: str
    objects: Mapping[str, tuple[bytes, Mapping[str, str]]]
    key: tuple[str, bytes]
    latency: float = 0.0
    refused: str = ""
    delivery_error: str = ""
    regions: tuple[str, ...] = ("us-east-1", "eu-west-1")
    denied: frozenset[str] = frozenset()
    agents: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sorted_keys: list[str] = field(default_factory=list)
    meeting: threading.Barrier | None = None

    def listed(self, prefix: str, delimiter: str, marker: str, most: int) -> tuple[list[str], list[str], bool]:
        """Keys and prefixes after a marker, and whether there are more."""
        self.sorted_keys = self.sorted_keys or sorted(self.objects)
        keys: list[str] = []
        prefixes: dict[str, None] = {}
        for key in self.sorted_keys:
            if not key.startswith(prefix) or key <= marker:
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                prefixes[prefix + rest.partition(delimiter)[0] + delimiter] = None
            elif len(keys) == most:
                return keys, list(prefixes), True
            else:
                keys.append(key)
        return keys, list(prefixes), False


@contextmanager
def serving(bucket: Bucket) -> Iterator[str]:
    """Serve a bucket from threads of this process; its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    cast("Any", server).bucket = bucket
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    @property
    def bucket(self) -> Bucket:
        return cast("Bucket", cast("Any", self.server).bucket)

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, _, key = parts.path.lstrip("/").partition("/")
        query = parse_qs(parts.query, keep_blank_values=True)
        if "location" in query:
            self._answer(200, b"<LocationConstraint>us-east-1</LocationConstraint>", "application/xml")
        elif key:
            self._object(unquote(key))
        else:
            self._listing({name: values[0] for name, values in query.items()})

    def do_HEAD(self) -> None:
        self._answer(200, b"", "application/xml")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        region = _REGION.search(self.headers.get("Authorization", ""))
        named = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.bucket.asked.append((named, region[1] if region else ""))
        if self.bucket.refused:
            self._json(400, {"__type": self.bucket.refused, "message": "not authorized"})
        elif named == "ListPublicKeys":
            self._meet()
            here = region is not None and region[1] in self.bucket.regions
            fingerprint, der = self.bucket.key
            key = {
                "Fingerprint": fingerprint,
                "Value": base64.b64encode(der).decode(),
                "ValidityStartTime": body["StartTime"],
                "ValidityEndTime": body["EndTime"],
            }
            self._json(200, {"PublicKeyList": [key] if here else []})
        elif named == "GetTrailStatus":
            self._json(200, {"IsLogging": True, "LatestDigestDeliveryError": self.bucket.delivery_error})
        else:
            self._json(400, {"__type": "UnknownOperationException", "message": named})

    def _meet(self) -> None:
        meeting, asked = self.bucket.meeting, len(self.bucket.asked)
        if meeting is not None and asked <= meeting.parties:
            with suppress(threading.BrokenBarrierError):
                meeting.wait()

    def _object(self, key: str) -> None:
        if self.bucket.latency:
            time.sleep(self.bucket.latency)
        self.bucket.agents.append(self.headers.get("User-Agent", "").partition("/")[0])
        found = self.bucket.objects.get(key)
        if key in self.bucket.denied:
            self._answer(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>", "application/xml")
        elif found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>", "application/xml")
        else:
            self._whole(*found)

    def _whole(self, data: bytes, metadata: Mapping[str, str]) -> None:
        headers = {f"x-amz-meta-{name}": metadata[name] for name in _METADATA if name in metadata}
        self._answer(200, data, "application/octet-stream", headers)

    def _listing(self, query: Mapping[str, str]) -> None:
        newer = "list-type" in query
        marker = query.get("continuation-token") or query.get("start-after") or query.get("marker") or ""
        most = int(query.get("max-keys", "1000"))
        keys, prefixes, more = self.bucket.listed(query.get("prefix", ""), query.get("delimiter", ""), marker, most)
        parts = [f"<Contents><Key>{escape(key)}</Key><Size>1</Size></Contents>" for key in keys]
        parts += [f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in prefixes]
        following = "NextContinuationToken" if newer else "NextMarker"
        if more:
            parts.append(f"<{following}>{escape(keys[-1])}</{following}>")
        parts.append(f"<IsTruncated>{'true' if more else 'false'}</IsTruncated><MaxKeys>{most}</MaxKeys>")
        self._answer(200, f"<ListBucketResult>{''.join(parts)}</ListBucketResult>".encode(), "application/xml")

    def _json(self, status: int, document: Mapping[str, Any]) -> None:
        self._answer(status, json.dumps(document).encode(), "application/x-amz-json-1.1")

    def _answer(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def from_folder(folder: Path, latency: float) -> Bucket:
    """The bucket that ``bucket.json`` in a folder describes, with its objects in ``objects``."""
    told = json.loads((folder / "bucket.json").read_text(encoding="utf-8"))
    objects = {key: ((folder / "objects" / key).read_bytes(), metadata) for key, metadata in told["objects"].items()}
    return Bucket(told["name"], objects, (told["fingerprint"], bytes.fromhex(told["der"])), latency)


def main() -> None:
    """Serve the folder that is named, with a latency in seconds; print the URL, and stop with the standard input."""
    with serving(from_folder(Path(sys.argv[1]), float(sys.argv[2]))) as url:
        print(url, flush=True)  # noqa: T201 - whoever started this reads it
        sys.stdin.read()


if __name__ == "__main__":
    main()
