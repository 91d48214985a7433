"""`trailwitness rules new`: a rule and its cases, to be changed into what is wanted."""

from pathlib import Path

import click

from scanner.authoring.beginnings import RULE_KINDS, rule_files, takes_the_place_of
from scanner.cli.commands.authoring.new_files import write_new
from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.terminal.printing import say
from scanner.errors import UsageError


@click.command("new", short_help="Write a rule and its cases to begin with.")
@click.argument("kind", type=click.Choice(RULE_KINDS))
@click.argument("rule_id", metavar="AREA.NAME")
@once(
    "--rules",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="rules",
    show_default=True,
    metavar="DIR",
    help="The rules folder; it is made when it is not there.",
)
def new_command(kind: str, rule_id: str, folder: Path) -> int:
    r"""Write a rule of a KIND of check and its cases, which pass as they are, to be changed into what is wanted.

    \b
    resource       judges each resource of a type
    route          judges whether events reach a person
    service-route  the same for events of a service, such as findings
    log-events     judges what log records contain
    period         judges what the evidence of a period shows

    A file that is there is never written over.
    """
    texts = rule_files(kind, rule_id)
    if takes_the_place_of(rule_id):
        raise UsageError(
            f"Trailwitness ships a rule {rule_id}, and one of your own would take its place.", "Choose another name."
        )
    there = next((path for name in texts if (path := folder / name).exists()), None)
    if there is not None:
        raise UsageError(f"{there} exists.", "Choose another name, or remove it.")
    written, _ = write_new(folder, texts)
    for path in written:
        say(f"wrote {path}")
    say("Change both into what you want, then run:")
    say(f"  trailwitness rules lint --rules {folder}")
    say(f"  trailwitness rules test --rules {folder} --rule {rule_id}")
    return Exit.CLEAN
