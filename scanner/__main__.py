"""`python -m scanner` is the `trailwitness` command."""

from scanner.cli import main

if __name__ == "__main__":
    main()
