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


class NoSuchThingError(Exception):
    """What was asked for does not exist; ``code`` is the error code of the API model that says so."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
