"""`python -m trailwitness` and the console script: the command line."""

import gc
from collections.abc import Sequence

_THRESHOLDS = (200_000, 20, 20)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code."""
    # What a start imports and reads stays: looking for garbage among it costs a tenth of the time to the first call.
    gc.set_threshold(*_THRESHOLDS)
    from scanner.cli import main as run_command

    try:
        run_command(arguments)
    finally:
        # The process is about to end: nothing is left to find garbage for.
        gc.freeze()


if __name__ == "__main__":
    main()
