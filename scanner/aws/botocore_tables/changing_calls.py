"""The calls of a service that change something, from the service models botocore carries."""

import re

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

_READS = re.compile(
    r"(Batch)?(Get|List|Describe|Head|Lookup|Search|Check|Test|Validate|Preview|Is|Simulate|Verify|Detect)(?=[A-Z]|$)"
)


def changing_calls(service: str) -> frozenset[str] | None:
    """The names of the operations of a service, as botocore names it, but for those that only read by their names.

    None when botocore has no such service.
    """
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    try:
        model = loader.load_service_model(service, "service-2")
    except UnknownServiceError:
        return None
    return frozenset(name for name in model["operations"] if not _READS.match(name))
