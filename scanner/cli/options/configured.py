"""Options from a configuration file and the environment, and the options that choose the file."""

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from scanner.cli.options import completing
from scanner.cli.options.once import Command, once, with_options
from scanner.cli.terminal.printing import no_color_option, say
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.cli.settings.gathering import Settings

_META = "trailwitness.settings"

_OFFLINE = (
    "profile",
    "role-arn",
    "role-name",
    "external-id",
    "role-session-name",
    "organization",
    "ou",
    "account",
    "exclude-account",
    "region",
    "bucket-owner",
    "evidence-bucket",
    "workers",
)
_OF_A_BUCKET = ("profile", "role-arn", "external-id")
_SEALING = ("sign", "tsa-url", "previous", "without-logs")


def configured(command: Command) -> Command:
    """What is set and useless to this command is taken back, and what is set is told.

    Goes above all options of a command: it sees their values as click gives them.
    """

    @wraps(command)
    def with_settings(**given: Any) -> Any:
        context = click.get_current_context()
        settings: Settings | None = context.meta.get(_META)
        if settings is not None:
            notes = [*settings.notes, *_leave_out(context, settings, given)]
            if not given.get("quiet"):
                _tell(settings, notes)
        return command(**given)

    return with_settings


def configuration_options(command: Command) -> Command:
    """``--config``, ``--preset`` and ``--no-config``: options that are not given come from there, or the environment.

    They go below the other options of a command, and ``configured`` above.
    """
    options = (
        once(
            "--config",
            "config_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            envvar="TRAILWITNESS_CONFIG",
            is_eager=True,
            expose_value=False,
            callback=_keep,
            help="Read options from this file, not from .trailwitness.yaml or pyproject.toml above the present folder.",
        ),
        once(
            "--preset",
            metavar="NAME",
            envvar="TRAILWITNESS_PRESET",
            shell_complete=completing.presets,
            is_eager=True,
            expose_value=False,
            callback=_keep,
            help="Use the options that the configuration file has under presets.NAME.",
        ),
        click.option(
            "--no-config",
            is_flag=True,
            envvar="TRAILWITNESS_NO_CONFIG",
            is_eager=True,
            expose_value=False,
            callback=_load,
            help="Read no configuration file.",
        ),
        no_color_option,
    )
    return with_options(command, options)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    context.meta[f"{_META}.{parameter.name}"] = value
    if context.meta.get(f"{_META}.none") and _given(context, str(parameter.name)):
        raise _both(parameter.opts[0])


def _load(context: click.Context, parameter: click.Parameter, no_file: bool) -> None:
    """Look for the file and give click what is set; it runs last of the three, unless it is given before the others."""
    del parameter
    context.meta[f"{_META}.none"] = no_file
    if context.resilient_parsing:
        return
    for name in ("config_file", "preset"):
        if no_file and _given(context, name):
            raise _both("--preset" if name == "preset" else "--config")
    chosen: Path | None = context.meta.get(f"{_META}.config_file")
    preset: str | None = context.meta.get(f"{_META}.preset")
    settings = settings_for(context, str(context.info_name), chosen, preset, no_file=no_file)
    context.meta[_META] = settings
    context.default_map = settings.values() if settings is not None else None


def _given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _both(option: str) -> UsageError:
    return UsageError(f"--no-config is given together with {option}.", "Drop one of them.")


def settings_for(
    context: click.Context, command: str, chosen: Path | None, preset: str | None, *, no_file: bool
) -> "Settings | None":
    """What is set for a command; None when nothing is, which is found out without reading anything.

    Raises UsageError and ContentError as ``gather`` does.
    """
    import os

    from scanner.cli.settings.places import find_file

    found = None if no_file else chosen or find_file(Path.cwd())
    preset = None if no_file else preset
    if found is None and not preset and not any(name.startswith("TRAILWITNESS_") for name in os.environ):
        return None
    from scanner.cli.settings.gathering import gather

    return gather(context, command, found, preset or "")


def _tell(settings: "Settings", notes: list[str]) -> None:
    if settings.file is not None:
        preset = f", preset {settings.preset}" if settings.preset else ""
        say(f"options from {settings.file}{preset}")
    for note in notes:
        say(f"note: {note}")


def _leave_out(context: click.Context, settings: "Settings", given: dict[str, Any]) -> list[str]:
    """Take back what is set and has no meaning for what the command line asks; say so in sentences."""
    notes = []
    if given.get("snapshots") and _given(context, "snapshots"):
        notes += _without(context, settings, given, _OFFLINE, "a snapshot is judged offline")
    if not str(given.get("source") or "s3://").lower().startswith("s3://"):
        notes += _without(context, settings, given, _OF_A_BUCKET, "nothing is read from AWS")
    if "period" in given and not str(given.get("logs") or "").lower().startswith("s3://"):
        notes += _without(context, settings, given, (*_OF_A_BUCKET, "region"), "nothing is read from AWS")
    if "bundle" in given and given["bundle"] is None:
        notes += _without(context, settings, given, _SEALING, "no bundle is written")
    return notes


def _without(
    context: click.Context, settings: "Settings", given: dict[str, Any], keys: tuple[str, ...], why: str
) -> list[str]:
    notes = []
    for key in keys:
        option = settings.settable.options.get(key)
        name = str(option.name) if option is not None else ""
        if option is None or key not in settings.by_key:
            continue
        if context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP:
            given[name] = option.type_cast_value(context, option.to_info_dict()["default"])
            notes.append(f"{key} of {settings.by_key[key].origin} is not used: {why}.")
    return notes
