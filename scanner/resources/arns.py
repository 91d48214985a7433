"""Amazon Resource Names taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Arn:
    """``arn:partition:service:region:account:resource``; Region and account may be empty."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(text: Any) -> Arn | None:
    """The parts of an ARN, or ``None`` when the value is not one.

    Source: AWS IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
    """
    if not isinstance(text, str):
        return None
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[5]:
        return None
    return Arn(*parts[1:])


_GLOBAL_REGIONS: Mapping[str, str] = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-north-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}


def global_region(partition: str) -> str:
    """The Region of a partition that records global services and calls about the whole account.

    CloudTrail delivers the events of global services there. ``us-east-1`` for a partition that is not listed.
    """
    return _GLOBAL_REGIONS.get(partition, "us-east-1")
