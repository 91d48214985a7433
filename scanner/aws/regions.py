"""Which Regions of an account are enabled, as EC2 lists them."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.snapshot.raw_json import plain
from scanner.snapshot.shapes import examine


def region_status(pages: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The Regions that an answer of ``ec2.DescribeRegions`` lists, with their ``OptInStatus`` ("" without one).

    None when the list is not of its documented shape: a Region may have been left out.
    """
    if examine("ec2.DescribeRegions", plain(list(pages))).faults:
        return None
    return {str(item["RegionName"]): str(item.get("OptInStatus", "")) for page in pages for item in page["Regions"]}
