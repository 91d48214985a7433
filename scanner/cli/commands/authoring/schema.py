"""`trailwitness rules schema`: the JSON Schemas of the files that people and commands write."""

import click

from scanner.authoring.beginnings import known_schema
from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.printing import tell


@click.command("schema", short_help="Print the JSON Schema of a kind of file.")
@click.argument("name", default="rule", metavar="[NAME]")
def schema_command(name: str) -> int:
    r"""Print the JSON Schema of a kind of file, rule when NAME is left out.

    \b
    Files that people write:   rule, case, framework, crosswalk, waivers,
                               attestations, declared-routes,
                               period-statements, redaction,
                               trusted-keys
    Files that commands write: baseline, assessment, diff, sample, integrity,
                               query-integrity, replay, insights

    An editor checks a YAML file with the schema that a first line names:
    # yaml-language-server: $schema=rule.schema.json
    """
    tell(known_schema(name).removesuffix("\n"))
    return Exit.CLEAN
