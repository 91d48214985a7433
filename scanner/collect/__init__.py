"""Where facts come from: AWS is asked with read-only calls, and every answer is recorded before it is judged.

``table`` says which calls feed which resource type, ``run`` makes them, ``folder`` writes and reads snapshots. boto3 is
only loaded by ``collect``, so that reading a snapshot never pays for it.
"""

from collections.abc import Sequence
from pathlib import Path

from scanner.aws.options import CollectOptions, Progress
from scanner.model import Rule
from scanner.snapshot.answers import Snapshot

__all__ = ["CollectOptions", "Progress", "collect"]


def collect(options: CollectOptions, rules: Sequence[Rule], target: Path, progress: Progress | None = None) -> Snapshot:
    """Record what judging the rules needs into the new folder ``target``; see :func:`scanner.collect.collection.collect`."""
    from scanner.collect.collection import collect as run

    return run(options, rules, target, progress)
