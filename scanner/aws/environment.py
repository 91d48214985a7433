"""What the environment and ~/.aws/config say about reaching AWS, checked before anything is sent.

botocore meets a wrong endpoint or CA bundle in the middle of a call and then names neither the setting nor the file.
"""

import os
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import botocore.session

from scanner.errors import UsageError

_ENDPOINT = "AWS_ENDPOINT_URL"
_CONFIGURED = "endpoint_url in ~/.aws/config"
_TRUE = frozenset({"true", "1"})


def check_environment(session: botocore.session.Session) -> None:
    """Refuse endpoints that are not URLs and CA bundles that cannot be read.

    A bundle is not read where every service is reached over plain HTTP: then nothing else reads it either.
    Raises UsageError with the setting and its value; ProfileNotFound as botocore does. Sources: AWS SDKs and Tools
    Reference Guide, "Service-specific endpoints" and "General configuration settings" (``ca_bundle``).
    """
    ignored = str(session.get_config_variable("ignore_configured_endpoint_urls")).lower() in _TRUE
    endpoints = {} if ignored else dict(_endpoints(session))
    for setting, url in endpoints.items():
        problem = _url_problem(url)
        if problem:
            raise UsageError(
                f"{setting} is {url!r}, {problem}.",
                "Write http://HOST:PORT or https://HOST, or remove the setting.",
            )
    if _are_all_plain(endpoints):
        return
    for setting, path in _bundles(session):
        problem = _bundle_problem(path)
        if problem:
            raise UsageError(
                f"{setting} names the CA bundle {path!r}, {problem}.",
                "Name a file of PEM certificates, or remove the setting.",
            )


def _endpoints(session: botocore.session.Session) -> Iterator[tuple[str, str]]:
    for name in sorted(os.environ):
        if name == _ENDPOINT or name.startswith(f"{_ENDPOINT}_"):
            yield name, os.environ[name]
    scoped = session.get_scoped_config()
    if isinstance(scoped.get("endpoint_url"), str):
        yield _CONFIGURED, scoped["endpoint_url"]
    sections: Any = session.full_config.get("services", {})
    services = sections.get(scoped.get("services"), {}) if isinstance(sections, Mapping) else {}
    for service, settings in services.items() if isinstance(services, Mapping) else ():
        if isinstance(settings, Mapping) and isinstance(settings.get("endpoint_url"), str):
            yield f"endpoint_url of {service} in ~/.aws/config", settings["endpoint_url"]


def _are_all_plain(endpoints: Mapping[str, str]) -> bool:
    """Whether there is an endpoint for all services, and each of them is reached over plain HTTP."""
    given = [url for url in endpoints.values() if url]
    every = endpoints.get(_ENDPOINT) or endpoints.get(_CONFIGURED)
    return bool(every) and all(urlsplit(url).scheme == "http" for url in given)


def _url_problem(url: str) -> str:
    """What is wrong with an endpoint, as the end of a sentence; "" when nothing is. An empty one counts as not set."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"which is not a URL ({error})"
    if parts.scheme not in {"http", "https"}:
        return "which is not an http:// or https:// URL"
    return "" if parts.hostname else "which names no host"


def _bundles(session: botocore.session.Session) -> Iterator[tuple[str, str]]:
    named = session.get_config_variable("ca_bundle")
    if named:
        setting = "AWS_CA_BUNDLE" if os.environ.get("AWS_CA_BUNDLE") else "ca_bundle in ~/.aws/config"
        yield setting, str(named)
    elif os.environ.get("REQUESTS_CA_BUNDLE"):
        yield "REQUESTS_CA_BUNDLE", os.environ["REQUESTS_CA_BUNDLE"]


def _bundle_problem(path: str) -> str:
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        return "which holds no PEM certificate"
    except OSError as error:
        return f"which cannot be read ({error.strerror or error})"
    return ""
