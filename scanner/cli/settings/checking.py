"""The whole file against what can be set: a mistake in a part that is not used today would be met at a bad time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.cli.settings.commands import APART, COMMANDS, PRESETS, Settable
from scanner.cli.settings.files import ConfigurationFile
from scanner.cli.settings.values import WrongValueError, from_file
from scanner.errors import ContentError
from scanner.wording import did_you_mean, listed

_SECRETS = ("password", "secret", "token", "access-key", "access_key", "credential")


@dataclass(frozen=True, slots=True)
class _Checking:
    file: ConfigurationFile
    commands: Mapping[str, Settable]
    problems: list[str] = field(default_factory=list)

    def complain(self, way: Sequence[str], sentence: str) -> None:
        self.problems.append(f"{self.file.place(way)}: {sentence}")

    def tables(self, table: Mapping[str, Any], way: tuple[str, ...], further: Sequence[str] = ()) -> None:
        """The configuration or a preset: options of several commands, and a table for each command."""
        for key, value in table.items():
            if key in further:
                continue
            if key in COMMANDS:
                self.options(key, value, (*way, key))
            elif key in APART:
                has = [name for name, each in self.commands.items() if key in each.options]
                self.complain((*way, key), f"{key!r} is set in the table of a command: {listed(has)}.")
            else:
                found = [each for each in self.commands.values() if key in each.options]
                self.option(key, value, found, way, (*COMMANDS, *further))

    def options(self, name: str, value: Any, way: tuple[str, ...]) -> None:
        """The table of one command."""
        if not isinstance(value, dict):
            self.complain(way, f"{name!r} is a table of the options of trailwitness {name}.")
            return
        for key, inner in value.items():
            has = self.commands[name]
            self.option(key, inner, [has] if key in has.options else [], way, ())

    def option(
        self, key: str, value: Any, found: Sequence[Settable], way: tuple[str, ...], others: Sequence[str]
    ) -> None:
        """One option: known, and of the right type for one of the commands that have it."""
        if not found:
            self.complain((*way, key), self.unknown(key, way, others))
            return
        faults = []
        for each in found:
            try:
                from_file(each.options[key], value, self.file.path.parent)
            except WrongValueError as error:
                faults.append(str(error))
        if len(faults) == len(found):
            self.complain((*way, key), f"{key!r} {faults[0]}.")

    def unknown(self, key: str, way: tuple[str, ...], others: Sequence[str]) -> str:
        """What to say of a key that nothing has."""
        if any(word in key.lower() for word in _SECRETS):
            return f"{key!r} is not read from here: secrets do not belong into this file."
        of = way[-1] if way and way[-1] in COMMANDS else ""
        has = [self.commands[of]] if of else self.commands.values()
        known = {name for each in has for name in each.options}
        elsewhere = "" if of else " of " + listed(COMMANDS)
        return f"There is no option {key!r}{f' of {of}' if of else elsewhere}.{did_you_mean(key, {*known, *others})}"


def presets_of(file: ConfigurationFile) -> Mapping[str, Any]:
    """The presets of a file by name. Raises ContentError when they are not tables."""
    presets = file.values.get(PRESETS, {})
    names = presets if isinstance(presets, dict) else {PRESETS: presets}
    wrong = [name for name, each in names.items() if not isinstance(presets, dict) or not isinstance(each, dict)]
    if wrong:
        place = file.place((PRESETS,) if not isinstance(presets, dict) else (PRESETS, wrong[0]))
        raise ContentError((f"{place}: {wrong[0]!r} is a table.",))
    return names


def check_file(file: ConfigurationFile, commands: Mapping[str, Settable]) -> None:
    """Raises ContentError that names every key that is not known and every value of a wrong type."""
    checking = _Checking(file, commands)
    checking.tables(file.values, (), (PRESETS,))
    for name, preset in presets_of(file).items():
        checking.tables(preset, (PRESETS, name))
    if checking.problems:
        raise ContentError(checking.problems)


def ways(command: str, preset: str) -> Iterator[tuple[str, ...]]:
    """The tables that hold the options of a command, that which counts most first."""
    if preset:
        yield (PRESETS, preset, command)
        yield (PRESETS, preset)
    yield (command,)
    yield ()
