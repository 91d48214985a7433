"""The help of every command: metavars that say something, exit codes as a table, examples that can be copied."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scanner.cli import cli, run
from scanner.cli.exit_codes import Exit
from scanner.cli.helping import EXAMPLES, exit_codes

ROOT = Path(__file__).parents[3]
FOLDERS = ("AWSLogs", "evidence", "last-quarter", "my-rules", "sigma", "snapshot")
FILES = (
    "audit.pem",
    "audit.pub.pem",
    "events.json",
    "evidence.tsr",
    "keys.yaml",
    "known.json",
    "new.json",
    "old.json",
    "pattern.txt",
    "rule.json",
    "waivers.yaml",
)
SAYS_NOTHING = re.compile(r"--?[a-z-]+ (?:TEXT|PATH|FILENAME|DIRECTORY|INTEGER|FLOAT)\b")


def commands(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    with click.Context(group, **cli.context_settings) as context:
        for each in group.list_commands(context):
            command = group.get_command(context, each)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, f"{name}{each} ")
            else:
                yield f"{name}{each}", command


INNER = ("logs contributors", "integrity capture")
"""Commands that a command leads to which is not a group."""

NAMES = [*(name for name, _ in commands(cli)), *INNER]


def test_every_command_has_examples() -> None:
    """And no example is of a command that is gone."""
    with click.Context(cli, **cli.context_settings) as context:
        own = {name for name, command in commands(cli) if "Examples:" in command.get_help(context)}
    assert sorted({*own, *INNER}) == sorted(NAMES), "they are in scanner/cli/helping.py"
    assert set(EXAMPLES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_help(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*name.split(), "-h"]) == Exit.CLEAN
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    assert not SAYS_NOTHING.search(shown.partition("Options:")[2]), "a metavar says what is wanted"
    _, _, examples = shown.partition("\n  Examples:\n")
    for example in EXAMPLES.get(name, ()):
        assert f"    {example}\n".replace("\n    ", "\n        ") in examples, "lines of an example are not wrapped"
    assert "\\b" not in shown
    assert "\b" not in shown
    if "Exit codes:" in shown:
        assert re.search(r"\n  Exit codes:\n    [01]  \S", shown)


@pytest.mark.parametrize("name", sorted({name.split()[0] for name in NAMES if " " in name} - {"logs", "integrity"}))
def test_help_of_a_group_has_an_example_of_each_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == Exit.CLEAN
    shown = capsys.readouterr().out
    for each in NAMES:
        if each.startswith(f"{name} ") and each in EXAMPLES:
            assert f"    {EXAMPLES[each][0]}".split("\n", maxsplit=1)[0] in shown


@pytest.mark.parametrize("name", NAMES)
def test_examples_parse(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    for file in FILES:
        (tmp_path / file).touch()
    (tmp_path / ".trailwitness.yaml").write_text("presets: {nightly: {}}\n", encoding="utf-8")
    for example in EXAMPLES.get(name, ()):
        program, *words = shlex.split(example.partition(">")[0].replace("\\\n", ""))
        if program in {"mkdir", "source"}:
            continue
        assert program == "trailwitness"
        assert words[: len(name.split())] == name.split()
        context = click.Context(cli, info_name="trailwitness", **cli.context_settings)
        command: click.Command = cli
        while isinstance(command, click.Group):
            word, *words = words
            found = command.get_command(context, word)
            assert found is not None, example
            context = found.make_context(word, words, parent=context) if not isinstance(found, click.Group) else context
            command = found


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (
            "Does it.\n\nExit codes: 0 all; 1 some\nof it (a; b); 3 none.",
            (("0", "all"), ("1", "some of it (a; b)"), ("3", "none")),
        ),
        ("Does it. Exit code 0: all; 1: none.\n\nMore.", (("0", "all"), ("1", "none"))),
        ("Does it. Exit code 1: a case does not hold.", ()),
    ],
)
def test_exit_codes_are_read_off_the_help(text: str, codes: tuple[tuple[str, str], ...]) -> None:
    assert exit_codes(text) == codes


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["scann"], "'scan'"),
        (["framework", "list"], "'frameworks'"),
        (["rules", "lsit"], "list"),
        (["verfy", "x"], "'verify'"),
    ],
)
def test_a_command_that_is_nearly_right(arguments: list[str], meant: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.ERROR
    told = capfd.readouterr().err
    assert f"No such command '{arguments[-1] if arguments[0] == 'rules' else arguments[0]}'" in told
    assert meant in told.split("Did you mean")[1]


@pytest.mark.parametrize("arguments", [["--no-color", "scan"], ["scan", "--no-color"]])
def test_no_color(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def caught(*_: object, **__: object) -> None:
        from scanner.cli.terminal.printing import wants_colour

        seen.append(wants_colour())
        raise click.Abort

    monkeypatch.setattr("scanner.cli.options.content.select", caught)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    run(arguments)
    run(["scan"])
    assert seen == [False, True]


def test_examples_name_what_is_there() -> None:
    """A rule, a framework or a control in an example can be asked for."""
    words = shlex.split(" ".join(line.replace("\\\n", "") for lines in EXAMPLES.values() for line in lines))
    areas = {path.name for path in (ROOT / "rules").iterdir() if path.is_dir()}
    named = {word for word in words if word.partition(".")[0] in areas and "." in word and word not in FILES}
    named -= {"trail.my-check", "config.schema.json"}
    assert len(named) >= 4
    for word in named:
        assert (ROOT / "rules" / f"{word.replace('.', '/', 1)}.yaml").is_file(), word
    for word in words:
        if word.startswith(("pci-", "cis-", "hipaa-")):
            assert (ROOT / "frameworks" / f"{word.partition('/')[0]}.yaml").is_file()
