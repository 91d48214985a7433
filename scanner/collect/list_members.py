"""Make the table of request and response members that hold a list of things with members of their own.

A Sigma field such as ``requestParameters.containerDefinitions.command`` names members one inside the other. Where one
of them is a list in the record, a selector of a filter pattern must say so, and the rule does not. Which names may
stand for such lists is read from the service models botocore carries. Run it after an update of botocore::

    python -m scanner.collect.list_members > scanner/sigma/list_members.json

CloudTrail writes most members with a small first letter, so the names are kept that way.
"""

import json
import sys

import botocore
from botocore.loaders import Loader

_CONTAINERS = frozenset({"structure", "list", "map"})


def list_members() -> list[str]:
    """The names, sorted; only the models shipped with botocore are read."""
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    names: set[str] = set()
    for service in loader.list_available_services("service-2"):
        shapes = loader.load_service_model(service, "service-2")["shapes"]
        for shape in shapes.values():
            for name, member in shape.get("members", {}).items():
                target = shapes[member["shape"]]
                if target["type"] == "list" and shapes[target["member"]["shape"]]["type"] in _CONTAINERS:
                    names.add(name[:1].lower() + name[1:])
    return sorted(names)


def render(names: list[str]) -> str:
    """``names`` as the text of the data file."""
    version = json.dumps(botocore.__version__)
    return f'{{\n  "botocore": {version},\n  "names": {json.dumps(" ".join(names))}\n}}\n'


def main() -> None:
    """Write the data file to standard output."""
    sys.stdout.write(render(list_members()))


if __name__ == "__main__":
    main()
