"""The fields of a record that are asked for wherever records are read or matched."""

from typing import Final

from scanner.pattern.language.nodes import Steps

EVENT_NAME: Final[Steps] = ("eventName",)
EVENT_SOURCE: Final[Steps] = ("eventSource",)
