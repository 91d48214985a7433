"""`trailwitness config`: where the options of a command come from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options import completing
from scanner.cli.options.configured import settings_for
from scanner.cli.options.once import once
from scanner.cli.settings.commands import COMMANDS, all_settable
from scanner.cli.settings.gathering import Settings
from scanner.cli.terminal.printing import say, tell


@click.group()
def config() -> None:
    """Show the options that are set, and where; and the schema of the file that sets them."""


@config.command(short_help="Show the value of every option, and where it comes from.")
@click.argument("commands", nargs=-1, type=click.Choice(COMMANDS), metavar="[COMMAND]...")
@once(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    envvar="TRAILWITNESS_CONFIG",
    help="Read options from this file.",
)
@once(
    "--preset",
    metavar="NAME",
    envvar="TRAILWITNESS_PRESET",
    shell_complete=completing.presets,
    help="With the options of this preset.",
)
@click.option("--no-config", is_flag=True, envvar="TRAILWITNESS_NO_CONFIG", help="Read no configuration file.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def show(
    context: click.Context,
    commands: tuple[str, ...],
    config_file: Path | None,
    preset: str | None,
    no_config: bool,
    as_json: bool,
) -> int:
    """Show the value that every option of scan, collect, logs and verify has when it is not given, and its origin.

    The origin is a variable, a line of the configuration file, or the default.
    """
    of = {name: settings_for(context, name, config_file, preset, no_file=no_config) for name in commands or COMMANDS}
    known = all_settable(context)
    rows = {name: _rows(context, known[name].options, settings) for name, settings in of.items()}
    first = next((each for each in of.values() if each is not None), None)
    if as_json:
        path = str(first.file) if first is not None and first.file is not None else None
        tell(json.dumps({"file": path, "options": rows}, indent=2, ensure_ascii=False))
        return Exit.CLEAN
    tell(f"configuration file: {first.file if first is not None and first.file is not None else 'none'}")
    for name, options in rows.items():
        tell(f"\n{name}")
        _table(options)
    for note in first.notes if first is not None else ():
        say(f"note: {note}")
    return Exit.CLEAN


@config.command(short_help="Print the JSON Schema of the configuration file.")
@click.pass_context
def schema(context: click.Context) -> int:
    """Print the JSON Schema of .trailwitness.yaml, for an editor that completes and checks it.

    `trailwitness init` writes it, and the settings with which VS Code uses it.
    """
    from scanner.cli.settings.schema import configuration_schema

    tell(configuration_schema(all_settable(context)).removesuffix("\n"))
    return Exit.CLEAN


def _rows(
    context: click.Context, options: Mapping[str, click.Option], settings: Settings | None
) -> Mapping[str, Mapping[str, Any]]:
    by_key = settings.by_key if settings is not None else {}
    rows = {}
    for key, option in options.items():
        if key in by_key:
            rows[key] = {"value": by_key[key].value, "origin": by_key[key].origin}
        else:
            rows[key] = {"value": option.to_info_dict()["default"], "origin": "default"}
    del context
    return rows


def _table(options: Mapping[str, Mapping[str, Any]]) -> None:
    widest = max(map(len, options))
    shown = {key: _shown(row["value"]) for key, row in options.items()}
    wide = min(max(map(len, shown.values())), 40)
    for key, row in options.items():
        tell(f"  {key:{widest}}  {shown[key]:{wide}}  {row['origin']}")


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
