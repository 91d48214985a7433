"""`trailwitness init`: a folder of rules, cases and a framework of one's own, with the schemas for an editor."""

from pathlib import Path

import click

from scanner.authoring.beginnings import folder_files
from scanner.cli.commands.authoring.new_files import write_new
from scanner.cli.exit_codes import Exit
from scanner.cli.settings.commands import all_settable
from scanner.cli.settings.schema import configuration_schema
from scanner.cli.terminal.printing import say


@click.command(short_help="Write a folder of rules, cases and a framework to begin with.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".", metavar="[DIR]")
@click.pass_context
def init(context: click.Context, folder: Path) -> int:
    """Write into DIR (the current folder when left out) what an author begins with.

    A rule of each kind of check with its cases, which pass as they are; a framework that maps them and a shipped
    rule; a configuration file that chooses them; the JSON Schemas of the files that people write, the configuration
    among them; and settings with which VS Code checks these files. A file that is there is never written over.
    """
    written, kept = write_new(folder, folder_files(configuration_schema(all_settable(context))))
    for path in written:
        say(f"wrote {path}")
    for path in kept:
        say(f"kept {path}, which is there")
    rules, framework = folder / "rules", folder / "frameworks" / "own-1.0.yaml"
    say("Try it:")
    say(f"  trailwitness rules test --rules {rules}")
    say(f"  trailwitness scan --rules {rules} --framework {framework}")
    return Exit.CLEAN
