"""`trailwitness completion`: what a shell reads to complete commands, options, ids and formats."""

import click

from scanner.cli.exit_codes import Exit

VARIABLE = "_TRAILWITNESS_COMPLETE"
"""How the shell asks for completions, and with which words."""

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print what SHELL (bash, zsh or fish) needs to complete commands, options, formats and ids.

    Bash needs to be 4.4 or later. Nothing is written: put the output where the shell reads it.
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(context.find_root().command, {}, "trailwitness", VARIABLE).source())
    return Exit.CLEAN
