"""The comparisons JSON and space-delimited conditions share: texts by wildcard or regex, numbers by value."""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal

from scanner.pattern.language.nodes import Regex, Text
from scanner.pattern.language.values.globs import Reading, compile_glob
from scanner.pattern.matching.regex_search import searcher

BY_VALUE: Mapping[str, Callable[[int | Decimal, Decimal], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""What an operator asks of two numbers."""


def text_comparison(value: Text | Regex, midglob: Reading) -> Callable[[str], bool]:
    """The test of a text for equality with ``value``: with the same or a wildcard text, or a regular expression."""
    if isinstance(value, Text):
        return compile_glob(value.text, midglob)
    return searcher(value.source)
