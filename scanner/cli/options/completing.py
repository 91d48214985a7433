"""What a shell may complete: ids of rules, areas and frameworks, and formats. Everything is looked up when it is asked.

Only names of files are read, so that the Tab key does not wait for rules to be read and proved.
"""

from collections.abc import Iterable, Sequence
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


def _beginning(words: Iterable[str], begun: str) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(word) for word in words if word.startswith(begun)]


def _framework_ids() -> list[str]:
    from scanner.content.shipped import content_files, shipped

    try:
        return [path.stem for path in content_files(shipped("frameworks"))]
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
