"""Which call a fact comes from, and why a fact could not be collected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from scanner.model.values import JsonValue

READ = "read"
"""The operation of a source of log records: it is not called, it is read."""


@dataclass(frozen=True, slots=True, eq=False)
class CallKey:
    """The identity of one API call: who was asked, where, what, and with which arguments.

    Two keys are the same call when their ``text`` is, and keys are ordered by it:
    ``account/region/service.Operation{canonical arguments}``, such as ``…/cloudtrail.DescribeTrails{}``.
    """

    account: str
    region: str
    operation: str
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        canonical = json.dumps(self.arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=dict)
        text = f"{self.account}/{self.region}/{self.operation}{canonical}"
        object.__setattr__(self, "text", text)  # the way a frozen dataclass computes a field

    @classmethod
    def of_source(cls, name: str) -> Self:
        """The key of a source of log records, which takes the place of a call among the evidence."""
        return cls("", "", READ, {"source": name})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CallKey) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __lt__(self, other: "CallKey") -> bool:
        return self.text < other.text

    def __str__(self) -> str:
        return self.text


class OfCall:
    """What is about one call, under ``key``: the parts of its identity as properties."""

    __slots__ = ()

    key: CallKey

    @property
    def account(self) -> str:
        """The account that was asked."""
        return self.key.account

    @property
    def region(self) -> str:
        """The Region that was asked; "" where the call has none."""
        return self.key.region

    @property
    def operation(self) -> str:
        """What was asked, as ``service.Operation``; "" where nothing was."""
        return self.key.operation

    @property
    def arguments(self) -> Mapping[str, JsonValue]:
        """The arguments of the call."""
        return self.key.arguments


class GapKind(StrEnum):
    """Why a fact could not be collected."""

    DENIED = "denied"
    THROTTLED = "throttled"
    REGION_OFF = "region-off"
    ENDPOINT = "endpoint"
    NOT_COLLECTED = "not-collected"
    OUT_OF_SCOPE = "out-of-scope"
    NOT_KNOWN = "not-known"
    INVALID = "invalid"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact is found: a recorded call and a JSON Pointer into its raw answer."""

    call: CallKey
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(OfCall):
    """A fact that could not be collected from the call ``key``; ``reason`` is a sentence for a person.

    ``code`` is the error code of a refusal. ``pointer`` is the JSON Pointer into the raw file of what is malformed in
    an answer; "" where there is no answer.
    """

    key: CallKey
    kind: GapKind
    reason: str
    code: str = ""
    pointer: str = ""

    @property
    def source(self) -> Source:
        """The call that gave no answer, or the place where its answer is malformed."""
        return Source(self.key, self.pointer)
