"""`python -m trailwitness` and the console script: the command line."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code."""
    from scanner.cli import main as run_command

    run_command(arguments)


if __name__ == "__main__":
    main()
