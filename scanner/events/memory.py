"""How a process keeps memory while it judges: millions of small objects are made that soon are gone again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = 1_000_000
"""How many more objects that may hold others there are before Python looks for unused ones."""

LARGEST_BLOCK = 31 << 20
"""Freeing one block of this size raises glibc's dynamic mmap threshold to it; blocks above 32 MiB do not.

Source: mallopt(3)."""


@contextmanager
def memory_kept() -> Iterator[None]:
    """Tune gc and malloc for a run: collect less often, keep freed memory.

    The thresholds of gc are restored afterwards. Those of glibc stay raised: they cannot be lowered without making them
    fixed, and cost nothing but memory that is not handed back.
    """
    before = gc.get_threshold()
    keep_memory()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def keep_memory() -> None:
    """Tune gc and malloc for the rest of this process.

    Python looks for objects that hold each other less often: none are made. The C library of Linux keeps freed memory
    up to twice the size of the largest block that was freed so far (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD);
    else it hands back what the next file needs again.
    """
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
    bytes(LARGEST_BLOCK)
