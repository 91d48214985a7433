"""Regions that collecting knows by name: where the calls about a whole account are made, and which are always enabled."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.collect.encoding import plain
from scanner.shapes import examine

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
"""The Regions of the ``aws`` partition that cannot be disabled; every later one is opt-in (AWS Account Management guide)."""


def global_region(partition: str) -> str:
    """The Region of calls about the whole account; ``us-east-1`` for a partition that is not listed."""
    return GLOBAL_REGIONS.get(partition, "us-east-1")


def region_status(pages: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The Regions that an answer of ``ec2.DescribeRegions`` lists, with their ``OptInStatus`` ("" without one).

    None when the list is not of its documented shape: a Region may have been left out.
    """
    if examine("ec2.DescribeRegions", plain(list(pages))).faults:
        return None
    return {str(item["RegionName"]): str(item.get("OptInStatus", "")) for page in pages for item in page["Regions"]}
