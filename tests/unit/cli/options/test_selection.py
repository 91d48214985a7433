"""What options select: nothing that was asked for is dropped without a word."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scanner.cli import cli, run
from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import OnceOption
from scanner.errors import UsageError
from scanner.model import Over
from scanner.runs.selection import select

SHIPPED = Path(__file__).parents[4] / "rules"
CONFIGURATION, RECORD_RULE = "trail.log-file-validation", "event.root-activity"


def options(command: click.Command) -> Iterator[click.Option]:
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = command.get_command(click.Context(command), name)
            assert child is not None
            yield from options(child)
    yield from (item for item in command.params if isinstance(item, click.Option))


def test_an_option_with_one_value_is_given_once_everywhere() -> None:
    single = [item for item in options(cli) if not item.multiple and not item.is_flag and not item.count]
    assert len(single) > 15
    assert [item.opts for item in single if not isinstance(item, OnceOption)] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["logs", "x.json", "--role-arn", "arn:aws:iam::111122223333:role/a", "--role-arn", "arn:aws:iam::1:role/b"],
        ["scan", "--role-name", "one", "--role-name", "two"],
        ["scan", "--external-id", "one", "--external-id", "two"],
        ["collect", "--role-session-name", "one", "--role-session-name", "two"],
        ["scan", "--profile", "one", "--profile", "two"],
        ["scan", "--profile=one", "--profile=one"],
        ["scan", "--bundle", "a", "--bundle", "b"],
        ["scan", "--fail-on", "high", "--fail-on", "low"],
        ["collect", "-o", "a", "-o", "b"],
        ["logs", "x.json", "--since", "1d", "--since", "2d"],
        ["logs", "x.json", "--workers", "1", "--workers", "2"],
        ["pattern", "covers", "--required", "{ $.a = 1 }", "--required", "{ $.a = 2 }", "--deployed", "a"],
    ],
)
def test_a_second_value_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.ERROR
    assert "is given 2 times" in capsys.readouterr().err


def test_one_value_and_none_are_as_before(snapshot: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    arguments = ["scan", "--snapshot", str(snapshot), "--rule", CONFIGURATION, "-q", "-o", f"json={out}"]
    assert run(arguments) == Exit.FINDINGS
    assert run([*arguments, "--fail-on", "critical"]) == Exit.CLEAN
    assert json.loads(out.read_text(encoding="utf-8"))["findings"]


def test_a_rule_that_is_judged_elsewhere_is_refused_beside_one_that_is_judged() -> None:
    with pytest.raises(UsageError, match=rf"{RECORD_RULE}.*log records.*trailwitness logs"):
        select((), (CONFIGURATION, RECORD_RULE), (), ())
    with pytest.raises(UsageError, match=rf"{CONFIGURATION}.*configuration.*trailwitness scan"):
        select((), (RECORD_RULE, CONFIGURATION), (), (), over=Over.RECORDS)
    both = select((), (CONFIGURATION, RECORD_RULE), (), (), over=None)
    assert {rule.id for rule in both.rules} == {CONFIGURATION, RECORD_RULE}
    with pytest.raises(UsageError, match="log records"):
        select((), ("event",), (), ())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with two rules of its own."""
    text = (SHIPPED / "trail" / "log-file-validation.yaml").read_text(encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / "own" / "my").mkdir(parents=True, exist_ok=True)
        rule = text.replace("id: trail.log-file-validation", f"id: my.{name}")
        (tmp_path / "own" / "my" / f"{name}.yaml").write_text(rule, encoding="utf-8")
    return tmp_path / "own"


def test_own_rules_are_all_judged_unless_some_are_named(own: Path) -> None:
    def chosen(rule_ids: tuple[str, ...], frameworks: tuple[str, ...] = ()) -> set[str]:
        return {str(rule.id) for rule in select(frameworks, rule_ids, (own,), ()).rules}

    assert chosen(("my.one",)) == {"my.one"}
    assert chosen(("my",)) == {"my.one", "my.two"}
    assert chosen((CONFIGURATION,)) == {CONFIGURATION}
    assert {"my.one", "my.two", CONFIGURATION} < chosen(())
    framework = chosen((), ("cis-aws-5.0.0",))
    assert {"my.one", "my.two"} < framework
    assert chosen(("my.one",), ("cis-aws-5.0.0",)) == framework - {"my.two"}
