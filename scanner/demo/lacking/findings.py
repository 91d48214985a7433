"""Security Hub of the stand-in, as far as moto lacks it: no Region collects the findings of others."""

from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked


def aggregators(_asked: Asked) -> Mapping[str, Any]:
    """``ListFindingAggregators``."""
    return {"FindingAggregators": []}
