"""Asks a timestamp authority over HTTP (RFC 3161, 3.4). Only the SHA-256 of a signature leaves the machine."""

import http.client
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from scanner import __version__
from scanner.errors import SnapshotError, UsageError

_SECONDS = 30


def check_url(url: str) -> None:
    """Raises UsageError for what is not the address of an authority, and without what reads its answers."""
    from reports.bundle.signatures.timestamps import require_reader

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise UsageError(
            f"--tsa-url {url}: that is not the URL of a timestamp authority.", "Write http(s)://HOST/PATH."
        )
    require_reader()


def stamp(envelope: bytes, url: str) -> bytes:
    """The token of an authority over an envelope, as it answered. Raises UsageError when it gives none that fits."""
    from reports.bundle.signatures.timestamps import is_of, read_response, request_for

    request = request_for(envelope, nonce=True)
    answer = _ask(url, request.as_bytes())
    try:
        response = read_response(answer)
    except SnapshotError as error:
        raise UsageError(f"What {url} answered {error.message}.", "The bundle was not timestamped.") from error
    if not is_of(response, envelope) or response.tst_info.nonce != request.nonce:
        raise UsageError(f"What {url} answered is the timestamp of something else.", "The bundle was not timestamped.")
    return answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer without a token: the digest goes to nobody who was not named."""

    def redirect_request(self, *_asked: Any, **_rest: Any) -> None:
        """Follow none."""
        return


def _ask(url: str, request: bytes) -> bytes:
    from reports.bundle.signatures.timestamps import MOST_BYTES

    headers = {"Content-Type": "application/timestamp-query", "User-Agent": f"trailwitness/{__version__}"}
    asked = urllib.request.Request(url, request, headers)  # noqa: S310 - check_url lets http and https through alone
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(asked, timeout=_SECONDS) as answer:
            data: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise UsageError(f"The timestamp authority {url} answered {error.code}.", _UNSTAMPED) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise UsageError(f"The timestamp authority {url} cannot be asked: {reason}.", _UNSTAMPED) from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"The timestamp authority {url} answered more than {MOST_BYTES} bytes.", _UNSTAMPED)
    return data


_UNSTAMPED = "Nothing was written. A timestamp can be added later: `trailwitness timestamp`."
