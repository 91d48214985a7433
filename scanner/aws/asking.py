"""One call to AWS: every page of its answer, or the reason why there is none. Nothing escapes as an exception."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    PaginationError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from scanner.aws.failures import UNPARSABLE, breakdown, first_line, misshapen, refusal
from scanner.aws.operations import Operation
from scanner.aws.reads.withholding import without_secrets
from scanner.aws.session import AwsSession, NotAReadError
from scanner.model import GapKind
from scanner.snapshot.answers import CallError, Reply
from scanner.times import rfc3339

MAX_PAGES = 10_000
"""Where paging is given up: an endpoint that never ends is not believed."""

CALL_FAILURES: tuple[type[Exception], ...] = (ClientError, BotoCoreError, NotAReadError, OSError, *UNPARSABLE)
"""What a call may raise when AWS gives no answer that can be used."""

BROKEN_STREAMS: tuple[type[Exception], ...] = (ResponseStreamingError, IncompleteReadError, ReadTimeoutError)
"""What reading the body of an answer raises when the connection breaks off."""

_METADATA = "ResponseMetadata"


def ask(
    session: AwsSession, operation: Operation, region: str, arguments: Mapping[str, Any], *, opt_in: bool = False
) -> Reply:
    """Make one call and read all of its pages.

    A page that is refused or misshapen spoils the whole call: part of a list is not the list. ``opt_in`` says
    whether the Region is one that accounts must enable.
    """
    metadata: list[Any] = []
    pages: list[Mapping[str, Any]] = []
    try:
        for answer in _answers(session, operation, region, arguments):
            metadata.append(answer.get(_METADATA, {}))
            told = {name: value for name, value in answer.items() if name != _METADATA}
            pages.append(without_secrets(operation, told))
            if len(pages) > MAX_PAGES:
                return _reply(metadata, misshapen("EndlessPages", f"The answer has more than {MAX_PAGES} pages."))
    except ClientError as error:
        metadata.append(error.response.get(_METADATA, {}))
        return _reply(metadata, refusal(error, operation.absences, opt_in=opt_in))
    except NotAReadError as error:
        # botocore opens sessions for some bucket names by itself; the guard has stopped it.
        return _reply(metadata, CallError(GapKind.ERROR, type(error).__name__, first_line(error)))
    except BotoCoreError as error:
        return _reply(metadata, breakdown(error))
    except UNPARSABLE as error:
        return _reply(metadata, misshapen(type(error).__name__, f"The answer cannot be read: {first_line(error)}"))
    problem = _first_misshapen(operation, pages)
    if problem:
        return _reply(metadata, misshapen("UnexpectedAnswer", problem))
    return _reply(metadata, None, tuple(pages), _count(operation, pages))


def _answers(
    session: AwsSession, operation: Operation, region: str, arguments: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    client = session.client(operation.service, region)
    method = xform_name(operation.api)
    if operation.paginated:
        yield from client.get_paginator(method).paginate(**arguments)
    elif operation.next_page:
        yield from _page_by_page(client, operation, arguments)
    else:
        yield call_once(client, operation, arguments)


def _page_by_page(client: Any, operation: Operation, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every page of an operation that botocore has no paginator for."""
    given: Any = None
    while True:
        answer = call_once(client, operation, {**arguments, **({operation.next_page: given} if given else {})})
        yield answer
        token = answer.get(operation.next_page)
        if not token:
            return
        if token == given:
            raise PaginationError(message=f"The same {operation.next_page} was received twice")
        given = token


def call_once(client: Any, operation: Operation, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer of one call to a client of the operation's service; raises what ``CALL_FAILURES`` holds."""
    answer: Mapping[str, Any] = getattr(client, xform_name(operation.api))(**arguments)
    return answer


def _first_misshapen(operation: Operation, pages: Iterable[Mapping[str, Any]]) -> str:
    problems = (_misshapen(operation, page) for page in pages)
    return next((problem for problem in problems if problem), "")


def _misshapen(operation: Operation, page: Mapping[str, Any]) -> str:
    if operation.members and not any(name in page for name in operation.members):
        return f"The answer holds none of {', '.join(operation.members)}."
    wrong = [name for name in operation.lists if name in page and not isinstance(page[name], list)]
    return f"The answer's {wrong[0]} is not a list." if wrong else ""


def _count(operation: Operation, pages: list[Mapping[str, Any]]) -> int:
    if not operation.lists:
        return len(pages)
    return sum(len(page.get(name, ())) for page in pages for name in operation.lists)


def _reply(
    metadata: list[Any],
    error: CallError | None,
    pages: tuple[Mapping[str, Any], ...] = (),
    items: int = 0,
) -> Reply:
    ids = tuple(str(facts["RequestId"]) for facts in metadata if facts.get("RequestId"))
    dates = (_service_date(facts) for facts in metadata)
    return Reply(
        pages=pages, items=items, date=next((date for date in dates if date), ""), request_ids=ids, error=error
    )


def _service_date(facts: Any) -> str:
    text = (facts.get("HTTPHeaders") or {}).get("date")
    try:
        moment: datetime = parsedate_to_datetime(str(text))
    except (ValueError, OverflowError):
        return ""
    return rfc3339(moment)
