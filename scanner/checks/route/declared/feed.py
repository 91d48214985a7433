"""What feeds a declared place: a subscription filter, the notifications of a bucket, or an EventBridge rule."""

from dataclasses import dataclass, replace

from scanner.checks.route.links import JudgedLink
from scanner.recording.recorded_events import EVERYTHING, Recorded

ALL = Recorded(EVERYTHING, EVERYTHING)


@dataclass(frozen=True, slots=True)
class Feed:
    """What feeds a declared place: a filter of the log group ``group``, the bucket ``bucket``, or the rule ``rule``.

    Groups and rules are named by their ARN; ``name`` is the filter's or the rule's own. ``passes`` are the events that
    are let through, ``home`` is the one Region whose events enter ("": all). Of the files of a bucket those are told
    of whose key begins with one of ``prefixes``.
    """

    links: tuple[JudgedLink, ...]
    passes: Recorded = ALL
    group: str = ""
    bucket: str = ""
    rule: str = ""
    name: str = ""
    home: str = ""
    prefixes: tuple[str, ...] = ()

    def ending(self, link: JudgedLink) -> "Feed":
        """The feed where nothing behind ``link`` is looked at."""
        return replace(self, links=(link,))
