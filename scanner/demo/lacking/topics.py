"""Data protection policies of topics of the stand-in: kept while it runs, by the ARN of the topic.

Source: Amazon SNS API reference, ``PutDataProtectionPolicy`` (an empty text removes it) and
``GetDataProtectionPolicy``.
"""

from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked

_POLICIES: dict[str, str] = {}


def protect(asked: Asked) -> Mapping[str, Any]:
    """``PutDataProtectionPolicy``."""
    _POLICIES[str(asked.parameters["ResourceArn"])] = str(asked.parameters["DataProtectionPolicy"])
    return {}


def protection(asked: Asked) -> Mapping[str, Any]:
    """``GetDataProtectionPolicy``: an empty text for a topic without one."""
    return {"DataProtectionPolicy": _POLICIES.get(str(asked.parameters["ResourceArn"]), "")}
