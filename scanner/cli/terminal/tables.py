"""Lists as tables: columns that fit the terminal, or one whole line for each entry in a pipe."""

import io
import shutil
import sys
from collections.abc import Sequence

from scanner.cli.terminal.printing import printable, tell

_UNBOUNDED = 10_000
_GAP = (0, 1, 0, 0)


def tell_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; on a terminal under ``heads``, with the last column wrapped to the width.

    The other columns are names to copy and are never broken. Nothing in the data is taken for markup.
    """
    from rich.console import Console  # late: only lists are laid out
    from rich.table import Table
    from rich.text import Text

    on_screen = sys.stdout is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if on_screen else _UNBOUNDED
    table = Table(box=None, show_header=on_screen, pad_edge=False, padding=_GAP, header_style="")
    for head in heads:
        table.add_column(head, no_wrap=head != heads[-1], overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    shown = io.StringIO()
    # A console of its own environment: what is written is plain text, whatever the terminal can do.
    Console(file=shown, width=width, color_system=None, _environ={}).print(table)
    tell("\n".join(line.rstrip() for line in shown.getvalue().splitlines()))
