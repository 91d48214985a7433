"""What moto leaves out of an organization trail: its members see it."""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_CLOUDTRAIL = "CloudTrail_20131101."
_LISTING = f"{_CLOUDTRAIL}DescribeTrails"


class OrganizationTrails:
    """A WSGI application around moto's that shows the trails of an organization in its member accounts.

    ``DescribeTrails`` lists them there, and what is asked about one by its ARN is answered as in the management
    account. Source: CloudTrail User Guide, "Creating a trail for an organization".
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        management = _management_of(environ) if _CLOUDTRAIL in target else ""
        if not management:
            return self._application(environ, start_response)
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        own = {**environ, "wsgi.input": io.BytesIO(content)}
        shared = {**environ, "wsgi.input": io.BytesIO(content), "HTTP_X_MOTO_ACCOUNT_ID": management}
        if target.endswith(_LISTING):
            return self._listing(own, shared, start_response)
        named = f":{management}:trail/".encode() in content
        return self._application(shared if named else own, start_response)

    def _listing(
        self, own: dict[str, Any], shared: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        of_organization = json.loads(b"".join(self._application(shared, lambda *_facts: None)))
        started: list[tuple[Any, ...]] = []
        found = json.loads(b"".join(self._application(own, lambda *facts: started.append(facts))))
        found["trailList"] += [trail for trail in of_organization["trailList"] if trail.get("IsOrganizationTrail")]
        answer = json.dumps(found).encode()
        status, headers, *rest = started[-1]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(answer)))], *rest)
        return [answer]


def _management_of(environ: Mapping[str, Any]) -> str:
    """The management account of the organization that the caller's account is a member of; "" when it is in none."""
    from moto.iam.models import get_account_id_from
    from moto.organizations.models import organizations_backends

    _, _, credential = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")
    account = get_account_id_from(credential.partition("/")[0])
    return str(organizations_backends.master_accounts.get(account, ("", ""))[0])
