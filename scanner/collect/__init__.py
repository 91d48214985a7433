"""Where facts come from: AWS is asked with read-only calls, and every answer is recorded before it is judged.

``plan`` orders the calls that facts rest on, ``targets`` says for what each is made, ``collection`` makes them. boto3
is only loaded by ``collect``, so that reading a snapshot never pays for it.
"""

from pathlib import Path

from scanner.aws.options import CollectOptions, Progress
from scanner.collect.plan import Plan
from scanner.files.covered import Cover
from scanner.snapshot.answers import Snapshot

__all__ = ["CollectOptions", "Plan", "Progress", "collect"]


def collect(
    options: CollectOptions,
    plan: Plan,
    target: Path,
    progress: Progress | None = None,
    cover: Cover | None = None,
) -> Snapshot:
    """Record the answers to a plan in the new folder ``target``; see :func:`scanner.collect.collection.collect`."""
    from scanner.collect.collection import collect as run

    return run(options, plan, target, progress, cover=cover)
