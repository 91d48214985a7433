"""`python -m trailwitness` and the console script: the command line."""

import gc
from collections.abc import Sequence

THRESHOLDS = (200_000, 20, 20)
"""When garbage is looked for: what a start imports and reads stays."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code."""
    # Looking for garbage among what a start imports and reads costs a tenth of the time to the first call.
    gc.set_threshold(*THRESHOLDS)
    from scanner.cli import main as run_command

    try:
        run_command(arguments)
    finally:
        # The process is about to end: nothing is left to find garbage for.
        gc.freeze()


if __name__ == "__main__":
    main()
