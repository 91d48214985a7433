"""Make the table of AWS API names and the services that have them, from the service models botocore carries.

CloudTrail writes the name of the API call as ``eventName`` and the service as ``eventSource``. Which names belong to
which sources is read from botocore, so that coverage of events can be decided for records CloudTrail really delivers
(see ``scanner.pattern.coverage.cloudtrail_domain``). Run it after an update of botocore::

    python -m scanner.aws.botocore_tables.event_sources > scanner/pattern/cloudtrail/event_sources.json

The sources of a name are over-approximated: endpoint prefix, signing name and model name of each service are all
kept, since CloudTrail uses sometimes one and sometimes another. Where CloudTrail is known to write a name in another
way, that way is added: the name inside the model (``CreateDistribution2020_05_31``) and Lambda's dated names
(``CreateFunction20150331``, ``UpdateFunctionCode20150331v2``).
"""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

import botocore
from botocore.loaders import Loader

_ALIASES = {"identitystore": "sso-directory", "mq": "amazonmq"}
"""Sources under which the console or an older API of a service is recorded."""

_UNPUBLISHED = {
    "cloudshell": (
        *("CreateEnvironment", "CreateSession", "DeleteEnvironment", "GetEnvironmentStatus", "GetFileDownloadUrls"),
        *("GetFileUploadUrls", "PutCredentials", "StartEnvironment", "StopEnvironment"),
    ),
    "rds": ("DescribeRecommendationGroups", "DescribeRecommendations"),
    "s3": (
        *("DeleteAccountPublicAccessBlock", "GetAccountPublicAccessBlock", "PutAccountPublicAccessBlock"),
        *("DeleteBucketPublicAccessBlock", "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
        *("GetAccelerateConfiguration", "PutAccelerateConfiguration"),
        *("GetBucketObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    ),
}
"""Names CloudTrail records although no SDK has such a call, or has it under another name.

Sources: S3 user guide, "Amazon S3 CloudTrail events"; CloudShell user guide, "Logging and monitoring".
"""

_DATED_SERVICES = frozenset({"lambda"})
_DATE = re.compile(r"/(\d{4})-(\d{2})-(\d{2})/")


def _hosts(service: str, metadata: Mapping[str, Any]) -> frozenset[str]:
    """What can come before ``.amazonaws.com`` in the ``eventSource`` of a service."""
    prefix = str(metadata["endpointPrefix"])
    alias = _ALIASES.get(service, service)
    return frozenset({service, alias, prefix, prefix.rpartition(".")[2], str(metadata.get("signingName") or prefix)})


def _names(service: str, operation: str, details: Mapping[str, Any]) -> frozenset[str]:
    """The ways CloudTrail may write the name of one operation."""
    names = {operation, str(details.get("name", operation))}
    dated = _DATE.match(str(details.get("http", {}).get("requestUri", ""))) if service in _DATED_SERVICES else None
    if dated is not None:
        stamp = "".join(dated.groups())
        names.update((operation + stamp, f"{operation}{stamp}v2"))
    return frozenset(names)


def event_sources() -> dict[str, list[str]]:
    """Per combination of sources (joined by blanks, without ``.amazonaws.com``) the API names that exactly it has.

    Only the models shipped with botocore are read, none from the user's own folder. Everything is sorted, so that the
    same botocore gives the same table.
    """
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    hosts_of: dict[str, set[str]] = {}
    for host, names in _UNPUBLISHED.items():
        for name in names:
            hosts_of.setdefault(name, set()).add(host)
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        hosts = _hosts(service, model["metadata"])
        for operation, details in model["operations"].items():
            for name in _names(service, operation, details):
                hosts_of.setdefault(name, set()).update(hosts)
    table: dict[str, list[str]] = {}
    for name in sorted(hosts_of):
        table.setdefault(" ".join(sorted(hosts_of[name])), []).append(name)
    return dict(sorted(table.items()))


def render(table: Mapping[str, list[str]]) -> str:
    """``table`` as the text of the data file: JSON, one line a combination of sources."""
    lines = (f"    {json.dumps(hosts)}: {json.dumps(' '.join(names))}" for hosts, names in table.items())
    joined = ",\n".join(lines)
    return f'{{\n  "botocore": {json.dumps(botocore.__version__)},\n  "names": {{\n{joined}\n  }}\n}}\n'


def main() -> None:
    """Write the data file to standard output."""
    sys.stdout.write(render(event_sources()))


if __name__ == "__main__":
    main()
