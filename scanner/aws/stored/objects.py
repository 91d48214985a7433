"""Objects of a bucket: listed page by page and read within a bound, with the sentences that say why one cannot be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scanner.aws.asking import BROKEN_STREAMS, CALL_FAILURES
from scanner.aws.failures import code_of, words_of
from scanner.aws.session import AwsSession
from scanner.errors import SourceError

MAX_PAGES = 10_000
"""Where one listing is given up: an endpoint that never ends is not believed."""

_TRIES = 3
_ABSENT = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class Body:
    """The beginning of an object's bytes and its own metadata."""

    content: bytes
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: keys, and the prefixes right below the one that was listed."""

    keys: tuple[str, ...]
    prefixes: tuple[str, ...]


class AbsentObjectError(SourceError):
    """S3 says that there is no object of this key."""


def read_object(session: AwsSession, region: str, bucket: str, key: str, limit: int) -> Body:
    """An object by a Region's endpoint, at most ``limit + 1`` of its bytes.

    Raises SourceError when it cannot be had, AbsentObjectError when there is none.
    """
    tries = _TRIES
    while True:
        try:
            return _content(session, region, bucket, key, limit)
        except BROKEN_STREAMS as error:
            # botocore tries a request again, but not the reading of an answer that has begun.
            tries -= 1
            if not tries:
                raise SourceError(_unread(bucket, key, error)) from error
        except ClientError as error:
            kind = AbsentObjectError if code_of(error) in _ABSENT else SourceError
            raise kind(_unread(bucket, key, error)) from error
        except CALL_FAILURES as error:
            raise SourceError(_unread(bucket, key, error)) from error


def pages_of(session: AwsSession, bucket: str, prefix: str, delimiter: str = "") -> Iterator[Page]:
    """The pages of a listing. Raises SourceError when it is refused, or does not end."""
    arguments: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    if delimiter:
        arguments["Delimiter"] = delimiter
    try:
        client = session.client("s3", session.global_region)
        for _ in range(MAX_PAGES):
            answer = client.list_objects_v2(**arguments)
            keys = tuple(listed["Key"] for listed in answer.get("Contents", ()))
            yield Page(keys, tuple(listed["Prefix"] for listed in answer.get("CommonPrefixes", ())))
            if not answer.get("IsTruncated"):
                return
            if not answer.get("NextContinuationToken"):
                raise SourceError(
                    f"s3://{bucket}/{prefix} cannot be listed: a page says that more follows, and not what."
                )
            arguments["ContinuationToken"] = answer["NextContinuationToken"]
    except CALL_FAILURES as error:
        raise SourceError(f"s3://{bucket}/{prefix} cannot be listed: {words_of(error)}.") from error
    raise SourceError(f"s3://{bucket}/{prefix} cannot be listed: it has more than {MAX_PAGES} pages.")


def _content(session: AwsSession, region: str, bucket: str, key: str, limit: int) -> Body:
    client = session.client("s3", region)
    answer = client.get_object(Bucket=bucket, Key=key)
    with answer["Body"] as body:
        content: bytes = body.read(limit + 1)
    return Body(content, answer.get("Metadata", {}))


def _unread(bucket: str, key: str, error: Exception) -> str:
    return f"s3://{bucket}/{key} cannot be read: {words_of(error)}."
