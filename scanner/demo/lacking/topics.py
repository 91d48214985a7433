"""Data protection policies of topics of the stand-in, kept while it runs by the ARN of the topic, and its SMS sandbox.

Source: Amazon SNS API reference, ``PutDataProtectionPolicy`` (an empty text removes it),
``GetDataProtectionPolicy``, ``GetSMSSandboxAccountStatus`` and ``ListSMSSandboxPhoneNumbers``.
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


def sandbox(_: Asked) -> Mapping[str, Any]:
    """``GetSMSSandboxAccountStatus``: every account of the stand-in has left it."""
    return {"IsInSandbox": False}


def verified(_: Asked) -> Mapping[str, Any]:
    """``ListSMSSandboxPhoneNumbers``: nobody has verified a number."""
    return {"PhoneNumbers": []}
