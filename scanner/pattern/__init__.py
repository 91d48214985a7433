"""The CloudWatch Logs filter-pattern language: parse it, match messages with it, print it."""

from scanner.errors import PatternError
from scanner.pattern.parser import parse

__all__ = ["PatternError", "parse"]
