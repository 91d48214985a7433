"""Make the table of request and response members that hold lists.

A Sigma field such as ``requestParameters.containerDefinitions.command`` names members one inside the other. Where one
of them is a list in the record, a selector of a filter pattern must say so, and the rule does not. Which names are
those of lists in some API, of things with members of their own or of plain values, is read from botocore's models.
Run it after an update of botocore::

    python -m scanner.aws.botocore_tables.list_members > scanner/sigma/records/list_members.json

CloudTrail writes most members with a small first letter, so the names are kept that way.
"""

import json
import sys
from collections.abc import Mapping

import botocore
from botocore.loaders import Loader

_CONTAINERS = frozenset({"structure", "list", "map"})


def list_members() -> dict[str, list[str]]:
    """The names of lists of containers and of lists of plain values, sorted; models shipped with botocore only."""
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    names: dict[str, set[str]] = {"containers": set(), "values": set()}
    for service in loader.list_available_services("service-2"):
        shapes = loader.load_service_model(service, "service-2")["shapes"]
        for shape in shapes.values():
            for name, member in shape.get("members", {}).items():
                target = shapes[member["shape"]]
                if target["type"] == "list":
                    kind = "containers" if shapes[target["member"]["shape"]]["type"] in _CONTAINERS else "values"
                    names[kind].add(name[:1].lower() + name[1:])
    return {kind: sorted(found) for kind, found in names.items()}


def render(members: Mapping[str, list[str]]) -> str:
    """``members`` as the text of the data file."""
    lines = [f"  {json.dumps(kind)}: {json.dumps(' '.join(names))}" for kind, names in members.items()]
    return ",\n".join([f'{{\n  "botocore": {json.dumps(botocore.__version__)}', *lines]) + "\n}\n"


def main() -> None:
    """Write the data file to standard output."""
    sys.stdout.write(render(list_members()))


if __name__ == "__main__":
    main()
