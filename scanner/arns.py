"""Amazon Resource Names taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Components(NamedTuple):
    """The six components of an ARN, or of a pattern of ARNs: any of them may be empty or hold wildcards."""

    scheme: str
    partition: str
    service: str
    region: str
    account: str
    resource: str


def components(text: str) -> Components | None:
    """An ARN, or a pattern of ARNs, taken apart at its first five colons; ``None`` when it has fewer.

    A policy variable such as ``${aws:PrincipalAccount}`` holds a colon, so a pattern with variables is not taken apart
    where AWS does.
    """
    parts = text.split(":", 5)
    return Components(*parts) if len(parts) == 6 else None


@dataclass(frozen=True, slots=True)
class Arn:
    """``arn:partition:service:region:account:resource``; Region and account may be empty."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    def after(self, kind: str) -> str:
        """What follows ``kind``, such as ``alarm:`` or ``role/``; "" when the resource is of another kind."""
        return self.resource.removeprefix(kind) if self.resource.startswith(kind) else ""

    def named(self, kind: str) -> str:
        """The name that follows ``kind``, without what comes behind a further colon: a version, an alias, ``:*``."""
        return self.after(kind).partition(":")[0]


def parse_arn(text: Any) -> Arn | None:
    """The parts of an ARN, or ``None`` when the value is not one: only its Region and its account may be empty.

    Source: AWS IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
    """
    parts = components(text) if isinstance(text, str) else None
    if parts is None or parts.scheme != "arn" or not (parts.partition and parts.service and parts.resource):
        return None
    return Arn(*parts[1:])


GLOBAL_REGIONS: Mapping[str, str] = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-north-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
"""Partition -> the Region under which calls about the whole account are made and recorded."""

ALWAYS_ENABLED = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
        "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    }
)  # fmt: skip
"""The Regions of the ``aws`` partition that cannot be disabled; every later one is opt-in (AWS Account Management)."""


_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
"""How the names of Regions begin that are not of the partition ``aws``."""


def partition_of(region: str) -> str:
    """The partition of a Region by its name: ``aws-cn``, ``aws-us-gov``, else ``aws``."""
    return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")


def global_region(partition: str) -> str:
    """The Region of a partition that records global services and calls about the whole account.

    CloudTrail delivers the events of global services there. ``us-east-1`` for a partition that is not listed.
    """
    return GLOBAL_REGIONS.get(partition, "us-east-1")
