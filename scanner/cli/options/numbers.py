"""Numbers that options take, and what is said of those they do not."""

import math
from typing import Any

import click

from scanner.wording import shown


class WholeNumber(click.IntRange):
    """Whole numbers from ``min`` on, up to ``max`` where there is one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Fails as click does."""
        try:
            number: int = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{shown(value)} is not a whole number {_bounds(self)}.", param, ctx)
        return number


class NumberRange(click.FloatRange):
    """Numbers of a range; ``nan``, which no bound holds back, is none of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Fails as click does."""
        try:
            number: float = super().convert(value, param, ctx)
        except click.BadParameter:
            number = math.nan
        if math.isnan(number):
            self.fail(f"{shown(value)} is not a number {_bounds(self)}.", param, ctx)
        return number


def _bounds(kind: click.IntRange | click.FloatRange) -> str:
    return f"of at least {kind.min:,}" if kind.max is None else f"from {kind.min:,} to {kind.max:,}"
