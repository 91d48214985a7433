"""Make the table of AWS API names and the services that have them, from the service models botocore carries.

CloudTrail writes the name of the API call as ``eventName`` and the service as ``eventSource``. Which names belong to
which sources is read from botocore, so that coverage of events can be decided for records CloudTrail really delivers
(see ``scanner.pattern.domain``). Run it after an update of botocore::

    python -m scanner.collect.event_sources > scanner/pattern/event_sources.json

The sources of a service are over-approximated: endpoint prefix, signing name and model name are all kept, since
CloudTrail uses sometimes one and sometimes another. Where CloudTrail is known to write a name in another way, that
way is added: the names in the models themselves (``CreateDistribution2020_05_31``) and Lambda's dated names
(``CreateFunction20150331``, ``UpdateFunctionCode20150331v2``).
"""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from botocore.loaders import Loader, create_loader

_DATED_SERVICES = frozenset({"lambda"})
_DATE = re.compile(r"/(\d{4})-(\d{2})-(\d{2})/")


def _hosts(service: str, metadata: Mapping[str, Any]) -> frozenset[str]:
    """What can stand before ``.amazonaws.com`` in the ``eventSource`` of a service."""
    prefix = str(metadata["endpointPrefix"])
    return frozenset({service, prefix, prefix.rpartition(".")[2], str(metadata.get("signingName") or prefix)})


def _names(service: str, operation: str, details: Mapping[str, Any]) -> frozenset[str]:
    """The ways CloudTrail may write the name of one operation."""
    names = {operation, str(details.get("name", operation))}
    dated = _DATE.match(str(details.get("http", {}).get("requestUri", ""))) if service in _DATED_SERVICES else None
    if dated is not None:
        stamp = "".join(dated.groups())
        names.update((operation + stamp, f"{operation}{stamp}v2"))
    return frozenset(names)


def event_sources(loader: Loader) -> dict[str, list[str]]:
    """Per combination of sources (joined by blanks, without ``.amazonaws.com``) the API names that only it has.

    Both are sorted, so that the same models give the same table.
    """
    hosts_of: dict[str, set[str]] = {}
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
    lines = (f"  {json.dumps(hosts)}: {json.dumps(' '.join(names))}" for hosts, names in table.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Write the data file to standard output."""
    sys.stdout.write(render(event_sources(create_loader())))


if __name__ == "__main__":
    main()
