"""Who gathers what for others in the stand-in, as far as moto lacks it: no Region, and no account, does."""

from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked


def aggregators(_asked: Asked) -> Mapping[str, Any]:
    """``ListFindingAggregators``."""
    return {"FindingAggregators": []}


def no_administrators(_asked: Asked) -> Mapping[str, Any]:
    """``ListDelegatedAdministrators``: moto knows of no delegated administrator for CloudTrail."""
    return {"DelegatedAdministrators": []}
