"""A WSGI layer before moto that answers the operations of ``ANSWERS`` in the protocol that the client speaks.

Requests are read and answers written with moto's own machinery, which follows the service models of botocore; an
operation may therefore belong to a service of which moto knows nothing.
"""

import io
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from scanner.demo.lacking.answers import ANSWERS
from scanner.demo.lacking.asked import Asked, NoSuchThingError

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/[0-9]+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
"""What a request says of itself (AWS, "Elements of an AWS API request signature", ``Credential``)."""


class Lacking:
    """Answers what moto lacks, and leaves every other request to the application behind it."""

    def __init__(self, application: Application, answers: Mapping[str, Callable[[Asked], Any]] = ANSWERS) -> None:
        self._application = application
        self._answers = answers

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        signed = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", "")))
        services = _signed_as(tuple(self._answers)).get(signed["service"], ()) if signed is not None else ()
        if signed is None or not services:
            return self._application(environ, start_response)
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        for service in services:
            answer = self._answered(service, signed, {**environ, "wsgi.input": io.BytesIO(content)})
            if answer is not None:
                status, headers, body = answer
                start_response(str(status), [*headers.items(), ("Content-Length", str(len(body)))])
                return [body]
        environ["wsgi.input"] = io.BytesIO(content)
        return self._application(environ, start_response)

    def _answered(
        self, service: str, signed: re.Match[str], environ: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body of the answer; None for an operation that is left to moto."""
        from moto.core.parse import PROTOCOL_PARSERS
        from moto.core.request import Request, determine_request_protocol
        from moto.core.routing import get_service_router
        from moto.core.serialize import SerializationContext, get_serializer_class
        from moto.core.utils import get_service_model
        from moto.iam.models import get_account_id_from
        from werkzeug.exceptions import NotFound

        request = Request(environ)
        try:
            operation, labels = get_service_router(service).match(request)
        except NotFound:
            return None
        if request.values.get("Version", operation.service_model.api_version) != operation.service_model.api_version:
            return None  # another generation of the service, with the same names and signatures
        answer = self._answers.get(f"{service}.{operation.name}")
        if answer is None:
            return None
        protocol = determine_request_protocol(get_service_model(service), request.content_type)
        parameters = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.get_data(),
                "url_path": request.path,
                "url_params": labels,
            }
        )
        asked = Asked(get_account_id_from(signed["key"]), signed["region"], parameters)
        context = SerializationContext(request_id=str(uuid.uuid4()))
        written = get_serializer_class(service, protocol)(operation, context).serialize(
            _fitting(answer, asked, operation)
        )
        body = written["body"]
        headers = {"x-amzn-RequestId": str(context.request_id), **written["headers"]}
        return written["status_code"], headers, body if isinstance(body, bytes) else str(body).encode()


def _fitting(answer: Callable[[Asked], Any], asked: Asked, operation: Any) -> Any:
    """The answer, held against the service model: ValueError for one that AWS could not give; or the error to tell."""
    from botocore.validate import ParamValidator

    try:
        said = answer(asked)
    except NoSuchThingError as missing:
        return missing
    if operation.output_shape is not None:
        report = ParamValidator().validate(said, operation.output_shape)
        if report.has_errors():
            raise ValueError(f"{operation.name} cannot answer this: {report.generate_report()}")
    return said


@cache
def _signed_as(operations: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """The services of the operations, by the name that signatures have for them."""
    from moto.core.utils import get_service_model

    found: dict[str, list[str]] = {}
    for service in sorted({name.partition(".")[0] for name in operations}):
        found.setdefault(get_service_model(service).signing_name, []).append(service)
    return {name: tuple(services) for name, services in found.items()}
