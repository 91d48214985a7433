"""Options that may be given once, because the first value would be dropped without a word; and adding options."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click
from click.core import ParameterSource

Command = Callable[..., Any]


class OnceOption(click.Option):
    """An option with one value. click itself takes the last of several and says nothing."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Let the parser gather every value that is given."""
        del ctx
        parser.add_option(obj=self, opts=self.opts, dest=self.name, action="append", nargs=self.nargs)

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """The one value that was given. Raises UsageError for several."""
        given = opts.get(str(self.name))
        if not isinstance(given, list):
            return super().consume_value(ctx, opts)
        if len(given) > 1:
            shown = ", ".join(str(value) for value in given)
            raise click.UsageError(f"{self.opts[0]} is given {len(given)} times ({shown}). Give it once.", ctx)
        return super().consume_value(ctx, {**opts, str(self.name): given[0]})


once: Callable[..., Callable[..., Any]] = partial(click.option, cls=OnceOption)
"""``click.option`` for an option that takes one value and is given once at most."""


def with_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """The command with these options, which its help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def json_option(command: Command) -> Command:
    """``--json``: on every command that lists, shows, checks or verifies."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead (docs/json.md).")(command)
