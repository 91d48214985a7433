"""One request for an operation that moto lacks, as its service reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an account in a Region; ``parameters`` are the members of the operation's input."""

    account: str
    region: str
    parameters: Mapping[str, Any]


def lake_arn(region: str, account: str) -> str:
    """The ARN of the event data store that the stand-in has in a Region."""
    return f"arn:aws:cloudtrail:{region}:{account}:eventdatastore/0f3c8a52-6f0e-4f0b-9d57-2b1f4d6c7a10"


class NoSuchThingError(Exception):
    """What was asked for does not exist; ``code`` is the error code of the API model that says so."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
