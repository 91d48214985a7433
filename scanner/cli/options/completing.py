"""What a shell may complete: ids of rules, areas and frameworks, formats, Regions, profiles and presets.

Everything is looked up when it is asked. Of rules only names of files are read, and of botocore its list of Regions, so
that the Tab key does not wait for anything to be proved or loaded. What cannot be read offers nothing.
"""

import json
import os
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.errors import TrailwitnessError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def frameworks(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The shipped frameworks that begin so; a file of one's own where there is none."""
    from click.shell_completion import CompletionItem

    del context, parameter
    return _beginning(_framework_ids(), begun) or [CompletionItem(begun, type="file")]


def rules(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The rules and areas that begin so, shipped or in the folders of ``--rules`` before them."""
    del parameter
    return _beginning(_rules_and_areas(context.params.get("folders") or ()), begun)


def subjects(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """What can be explained by its name: rules, areas, and frameworks with the stroke before a control."""
    return [*rules(context, parameter, begun), *_beginning([f"{each}/" for each in _framework_ids()], begun)]


def formats(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The formats that begin so; nothing after the sign of equality, where a path is written."""
    del context, parameter
    from reports.formats import FORMATS

    return _beginning(FORMATS, begun)


def regions(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The Regions of every partition that begin so, as botocore lists them (``data/partitions.json``)."""
    del context, parameter
    return _beginning(_region_names(), begun)


def profiles(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The profiles that begin so in the files of the AWS command line and SDKs.

    Source: AWS SDKs and Tools Reference Guide, "Using shared config and credentials files".
    """
    del context, parameter
    config = _sections(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    credentials = _sections(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials")
    named = {name.removeprefix("profile ").strip() for name in config if name.startswith("profile ")}
    return _beginning(sorted({*named, *credentials, *({"default"} & set(config))}), begun)


def presets(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The presets that begin so in the configuration file that the command would read."""
    del parameter
    from scanner.cli.settings.checking import presets_of
    from scanner.cli.settings.files import read_file
    from scanner.cli.settings.places import find_file

    try:
        chosen = context.params.get("config_file") or context.meta.get("trailwitness.settings.config_file")
        found = Path(chosen) if chosen else find_file(Path.cwd())
        file = read_file(found) if found is not None else None
        return _beginning(sorted(presets_of(file)) if file is not None else (), begun)
    except TrailwitnessError:
        return []  # the command itself says what is wrong with the file


def _region_names() -> list[str]:
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        return []
    try:
        partitions = json.loads(Path(spec.origin).with_name("data").joinpath("partitions.json").read_bytes())
        listed = [name for each in partitions["partitions"] for name in each["regions"]]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return sorted(name for name in listed if not name.endswith("-global"))


def _sections(path: str) -> list[str]:
    """The sections of a file of profiles."""
    from configparser import ConfigParser, ParsingError  # late: only the Tab key asks

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(Path(path).expanduser(), encoding="utf-8")
    except (ParsingError, UnicodeDecodeError, OSError, RuntimeError):
        return []
    return parser.sections()


def _beginning(words: Iterable[str], begun: str) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(word) for word in words if word.startswith(begun)]


def _framework_ids() -> list[str]:
    from scanner.content.shipped import content_files, shipped

    try:
        return sorted(path.stem for path in content_files(shipped("frameworks")))
    except TrailwitnessError:
        return []


def _rules_and_areas(folders: Sequence[Path]) -> list[str]:
    from scanner.content.shipped import content_files, shipped

    ids: set[str] = set()
    try:
        for folder in (shipped("rules"), *folders):
            for path in content_files(folder, but=(".test.yaml",)):
                area, _, name = path.relative_to(folder).with_suffix("").as_posix().partition("/")
                ids.update({area, f"{area}.{name}"} if name else ())
    except TrailwitnessError:
        return []  # the command itself says what is wrong with the folder
    return sorted(ids)
