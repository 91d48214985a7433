"""Options from the configuration file and the environment: where the file is, what counts, what is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator

from scanner.cli import COMMANDS as REGISTERED
from scanner.cli import cli, run
from scanner.cli.exit_codes import Exit
from scanner.cli.options.configured import settings_for
from scanner.cli.settings.commands import APART, COMMANDS, all_settable
from scanner.cli.settings.places import find_file, may_hold_table
from scanner.cli.settings.schema import configuration_schema
from scanner.cli.settings.values import from_file
from scanner.documents import read_document


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder: the root of a repository."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str, name: str = ".trailwitness.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def shown(capfd: pytest.CaptureFixture[str], *arguments: str) -> Mapping[str, Any]:
    assert run(["config", "show", "--json", *arguments]) == Exit.CLEAN
    found: Mapping[str, Any] = json.loads(capfd.readouterr().out)
    return found


def value(capfd: pytest.CaptureFixture[str], key: str, *arguments: str, command: str = "scan") -> tuple[Any, str]:
    row = shown(capfd, command, *arguments)["options"][command][key]
    return row["value"], row["origin"]


def refused(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(arguments or ["scan"]) == Exit.ERROR
    told = capfd.readouterr()
    assert told.out == ""
    return told.err


def test_every_part_of_the_order(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Variable of the command > variable > preset's command > preset > command > file > default."""
    assert value(capfd, "fail-on") == ("low", "default")
    text = "fail-on: info\n"
    path = write(repository, text)
    assert value(capfd, "fail-on") == ("info", f"{path}:1")
    write(repository, text := text + "scan:\n  fail-on: medium\n")
    assert value(capfd, "fail-on") == ("medium", f"{path}:3")
    assert value(capfd, "fail-on", command="logs") == ("info", f"{path}:1")
    write(repository, text := text + "presets:\n  gate:\n    fail-on: high\n")
    assert value(capfd, "fail-on") == ("medium", f"{path}:3")
    assert value(capfd, "fail-on", "--preset", "gate") == ("high", f"{path}:6")
    write(repository, text + "    scan: {fail-on: critical}\n")
    assert value(capfd, "fail-on", "--preset", "gate") == ("critical", f"{path}:7")
    monkeypatch.setenv("TRAILWITNESS_PRESET", "gate")
    assert value(capfd, "fail-on") == ("critical", f"{path}:7")
    monkeypatch.setenv("TRAILWITNESS_FAIL_ON", "info")
    assert value(capfd, "fail-on") == ("info", "TRAILWITNESS_FAIL_ON")
    monkeypatch.setenv("TRAILWITNESS_SCAN_FAIL_ON", "high")
    assert value(capfd, "fail-on") == ("high", "TRAILWITNESS_SCAN_FAIL_ON")
    monkeypatch.setenv("TRAILWITNESS_SCAN_FAIL_ON", "")  # how CI servers have a variable that is not set
    assert value(capfd, "fail-on", "--no-config") == ("info", "TRAILWITNESS_FAIL_ON")


def test_toml_and_its_lines(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(
        repository,
        "[project]\nname = 'x'\nregion = 'a'\n\n[tool.trailwitness]\nregion = ['eu-west-1']\n"
        "logs.workers = 2\n\n[tool.trailwitness.presets.'my audit']\n\"region\" = 'us-east-1'\n",
        "pyproject.toml",
    )
    assert value(capfd, "region") == (["eu-west-1"], f"{path}:6")
    assert value(capfd, "workers", command="logs") == (2, f"{path}:7")
    assert value(capfd, "region", "--preset", "my audit") == (["us-east-1"], f"{path}:10")


def test_the_command_line_wins_and_a_list_is_replaced(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write(repository, "rule: [trail.kms-encrypted, route]\nfail-on: critical\nprofile: nobody\n")
    taken = {}

    def caught(*given: Any, **_: Any) -> None:
        taken["rules"] = given[1]
        raise click.Abort

    monkeypatch.setattr("scanner.cli.options.content.select", caught)
    run(["scan"])
    assert taken["rules"] == ("trail.kms-encrypted", "route")
    run(["scan", "--rule", "selector"])
    assert taken["rules"] == ("selector",)
    run(["scan", "--no-config"])
    assert taken["rules"] == ()
    assert "options from" in capfd.readouterr().err


def test_options_given_twice_are_still_refused(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(repository, "fail-on: high\n")
    assert "--fail-on is given 2 times" in refused(capfd, "scan", "--fail-on", "low", "--fail-on", "high")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            "fail_on: high",
            1,
            "no option 'fail_on' of scan, collect, logs, integrity, assess or verify. Did you mean 'fail-on'?",
        ),
        ("framewrk: x", 1, "Did you mean 'framework'?"),
        ("sca: {}", 1, "Did you mean 'scan'?"),
        ("preset: {}", 1, "Did you mean 'presets'?"),
        ("output: x", 1, "'output' is set in the table of a command: scan, collect, logs, integrity or assess."),
        ("scan: 3", 1, "'scan' is a table of the options"),
        ("scan:\n  quiet: 1", 2, "'quiet' is true or false, not 1."),
        ("scan:\n  workers: true", 2, "'workers' is a number, not true."),
        ("logs:\n  workers: '4'", 2, "'workers' is a number, not '4'."),
        ("region: [1]", 1, "'region' is a list of texts, not [1]."),
        ("collect:\n  output: [a]", 2, "'output' is one text"),
        ("collect:\n  fail-on: low", 2, "no option 'fail-on' of collect"),
        ("aws-secret-access-key: x", 1, "secrets do not belong into this file"),
        ("presets: 3", 1, "'presets' is a table."),
        ("presets:\n  a: 3", 2, "'a' is a table."),
        ("presets:\n  a:\n    scan:\n      fail-onn: low", 4, "no option 'fail-onn' of scan. Did you mean 'fail-on'?"),
        ("presets:\n  a:\n    presets: {}", 3, "no option 'presets'"),
    ],
)
def test_mistakes_have_a_place(
    repository: Path, capfd: pytest.CaptureFixture[str], text: str, line: int, said: str
) -> None:
    path = write(repository, f"{text}\n")
    told = refused(capfd)
    assert told.startswith(f"{path}:{line}: ")
    assert said in told
    assert told.count("\n") == 1


def test_every_mistake_is_told_at_once(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(repository, "fail_on: low\nregio: x\n")
    assert refused(capfd).count("Did you mean") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail-on: hgh\n", ":1: fail-on cannot be 'hgh'"),
        ("waivers: nowhere.yaml\n", ":1: waivers cannot be 'nowhere.yaml'"),
        ("scan: {workers: 0}\n", ":1: workers cannot be 0"),
        ("- a\n", "mapping of options to values"),
    ],
)
def test_values_that_the_command_line_would_refuse(
    repository: Path, capfd: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    write(repository, text)
    assert said in refused(capfd)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("TRAILWITNESS_QUIET", "mayb", "TRAILWITNESS_QUIET: quiet is true or false, not 'mayb'."),
        ("TRAILWITNESS_SCAN_WORKERS", "many", "TRAILWITNESS_SCAN_WORKERS: workers cannot be 'many'"),
        ("TRAILWITNESS_REGION", "'a", "TRAILWITNESS_REGION: region is a list divided as in a shell"),
        ("TRAILWITNESS_PRESET", "a", "--preset a: there is no configuration file."),
    ],
)
def test_variables_are_checked(
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    text: str,
    said: str,
) -> None:
    assert repository.is_dir()
    monkeypatch.setenv(name, text)
    assert said in refused(capfd)


def test_variables_that_are_lists_flags_and_mistakes(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write(repository, "scan: {quiet: true, workers: 3}\n")
    monkeypatch.setenv("TRAILWITNESS_SCAN_OUTPUT", "text 'junit=my report.xml'")
    monkeypatch.setenv("TRAILWITNESS_QUIET", "off")
    monkeypatch.setenv("TRAILWITNESS_WORKERS", "9")  # means something else for each command: not a variable of all
    monkeypatch.setenv("TRAILWITNESS_FALE_ON", "info")
    monkeypatch.setenv("TRAILWITNESS_SIGN_PASSWORD", "x")
    assert run(["config", "show", "scan", "--json"]) == Exit.CLEAN
    told = capfd.readouterr()
    options = json.loads(told.out)["options"]["scan"]
    assert options["output"]["value"] == ["text", "junit=my report.xml"]
    assert options["quiet"] == {"value": False, "origin": "TRAILWITNESS_QUIET"}
    assert options["workers"]["value"] == 3
    assert run(["config", "show"]) == Exit.CLEAN
    notes = capfd.readouterr().err
    assert "TRAILWITNESS_FALE_ON sets nothing. Did you mean 'TRAILWITNESS_FAIL_ON'?" in notes
    assert "TRAILWITNESS_SCAN_OUTPUT" not in notes
    assert "PASSWORD" not in notes


def test_paths_are_relative_to_the_file(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    inner = repository / "a" / "b"
    inner.mkdir(parents=True)
    (repository / "rules").mkdir()
    write(repository, "rules: rules\nscan: {output: [junit=junit.xml, text, json=-, html=/h.html]}\n")
    monkeypatch.chdir(inner)
    assert value(capfd, "rules")[0] == ["../../rules"]
    assert value(capfd, "output")[0] == ["junit=../../junit.xml", "text", "json=-", "html=/h.html"]
    write(repository, "framework: [cis-aws-5.0.0, own/mine-1.0.yaml]\n")
    assert value(capfd, "framework")[0] == ["cis-aws-5.0.0", "../../own/mine-1.0.yaml"]
    for given, meant in (
        ("key.pem", "../../key.pem"),
        ("kms:arn:aws:kms:x", "kms:arn:aws:kms:x"),
        ("sshkey", "sshkey"),
    ):
        write(repository, f"sign: {given}\n")
        assert value(capfd, "sign")[0] == meant


TEXTS = frozenset(
    [
        "account",
        "bucket-owner",
        "evidence-bucket",
        "exclude",
        "exclude-account",
        "external-id",
        "fail-on",
        "late",
        "log-group",
        "ou",
        "pack",
        "parameter",
        "period",
        "profile",
        "region",
        "role-arn",
        "role-name",
        "role-session-name",
        "rule",
        "since",
        "trail",
        "trail-insights",
        "tsa-url",
        "until",
        "with",
    ]
)
"""Options that hold no path."""


def test_every_path_of_every_command_is_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen = set()
    for command in all_settable(click.Context(cli)).values():
        for key, option in command.options.items():
            if option.is_flag or isinstance(option.type, click.IntRange) or key in TEXTS:
                continue
            seen.add(key)
            written = ("json=", "x.json") if key == "output" and option.multiple else ("", "x.yaml")
            for given, meant in ((written[1], f"up/{written[1]}"), ("/x.yaml", "/x.yaml"), ("../x.yaml", "x.yaml")):
                found = from_file(option, f"{written[0]}{given}", tmp_path / "up")
                expected = f"{written[0]}{meant}"
                assert found == ((expected,) if option.multiple else expected), f"{command.command} {key}"
            if key in {"logs", "logs-before"}:
                for address in ("s3://audit-logs/AWSLogs", "S3://audit-logs"):
                    found = from_file(option, address, tmp_path / "up")
                    assert found == ((address,) if option.multiple else address)
    assert {"logs", "bundles", "public-keys", "state", "statements", "listing", "redact", "sigma"} <= seen


def test_the_nearest_file_counts_and_the_search_ends_at_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "home" / "work" / "repository"
    inner = root / "a" / "b"
    inner.mkdir(parents=True)
    above = write(tmp_path / "home", "")
    assert find_file(inner) is None, "a folder above may be anybody's"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert find_file(inner) == above
    outside = write(tmp_path, "")
    assert find_file(inner) == above
    (root / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    assert find_file(inner) is None
    at_root = write(root, "[tool.trailwitness]\n", "pyproject.toml")
    assert find_file(inner) == at_root
    write(root / "a", "[tool.ruff]\n", "pyproject.toml")
    assert find_file(inner) == at_root
    assert find_file(tmp_path) == outside


@pytest.mark.parametrize(
    ("text", "may"),
    [
        (b"[tool.trailwitness]", True),
        (b"[ tool . 'trailwitness'.scan ]", True),
        (b"[tool]\ntrailwitness = {}", True),
        (b"a = 1\ntool = { trailwitness = {} }", True),
        (b"tool.trailwitness.quiet = true", True),
        (b"[project]\nname = 'trailwitness'\n[tool.ruff]", False),
    ],
)
def test_most_project_files_are_not_parsed(text: bytes, may: bool) -> None:
    assert may_hold_table(text) is may


def test_a_project_file_without_the_table_sets_nothing(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(repository, "[tool]\nruff = 'trailwitness'\n", "pyproject.toml")
    assert shown(capfd, "scan")["file"] is None


def test_two_files_and_names_that_are_nearly_right(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(repository, "[tool.trailwitness]\n", "pyproject.toml")
    write(repository, "")
    assert "has two configurations" in refused(capfd)
    (repository / ".trailwitness.yaml").rename(repository / ".trailwitness.yml")
    assert ".trailwitness.yml is not read. The configuration file is called .trailwitness.yaml." in refused(capfd)


def test_presets_and_no_config(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(repository, "presets: {audit: {}}\n")
    assert "Did you mean 'audit'?" in refused(capfd, "scan", "--preset", "aduit")
    assert "Drop one of them" in refused(capfd, "scan", "--preset", "audit", "--no-config")
    assert "Drop one of them" in refused(capfd, "verify", "--no-config", "--preset", "audit", ".")


def test_what_has_no_meaning_with_a_snapshot_is_left_out_aloud(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (repository / "empty").mkdir()
    write(repository, "region: eu-west-1\norganization: true\nscan: {workers: 3}\n")
    told = refused(capfd, "scan", "--snapshot", "empty")
    assert f"note: region of {repository}/.trailwitness.yaml:1 is not used: a snapshot is judged offline." in told
    assert "organization of" in told
    assert "together with AWS options" not in told
    # What is asked on the command line is never left out.
    assert "together with AWS options" in refused(capfd, "scan", "--snapshot", "empty", "--region", "eu-west-1")


def test_without_logs_has_no_meaning_without_a_bundle(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(repository, "logs: {without-logs: true}\n")
    (repository / "logs.json").write_text("", encoding="utf-8")
    run(["logs", "logs.json"])
    assert "without-logs of" in capfd.readouterr().err
    assert "--without-logs leaves the logs out" in refused(capfd, "logs", "logs.json", "--without-logs")


def test_marks_of_a_bundle_have_no_meaning_without_one(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (repository / "empty").mkdir()
    write(repository, "sign: key.pem\ntsa-url: https://tsa.example.com\nprevious: empty\n")
    told = refused(capfd, "scan", "--snapshot", "empty")
    for key in ("sign", "tsa-url", "previous"):
        assert f"note: {key} of" in told
    assert "not used: no bundle is written." in told
    assert "is about a bundle" not in told
    assert "--sign is about a bundle" in refused(capfd, "scan", "--snapshot", "empty", "--sign", "key.pem")


def test_an_option_of_several_commands_means_the_same_for_each() -> None:
    """Otherwise one value at the top of the file would mean different things: such options are ``APART``."""
    with click.Context(cli, **cli.context_settings) as context:
        commands = all_settable(context)
    assert set(COMMANDS) == set(commands) <= set(REGISTERED)
    kinds: dict[str, set[str]] = {}
    for each in commands.values():
        for key, option in each.options.items():
            kinds.setdefault(key, set()).add(f"{option.is_flag} {option.type.name} {option.metavar}")
    assert {key for key, kind in kinds.items() if len(kind) > 1} <= APART


def test_nothing_is_read_where_nothing_is_set(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert repository.is_dir()
    monkeypatch.setattr("scanner.cli.settings.gathering.read_file", None)
    with click.Context(cli, **cli.context_settings) as context:
        assert settings_for(context, "scan", None, None, no_file=False) is None


@pytest.fixture(scope="module")
def schema() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(configuration_schema(all_settable(click.Context(cli))))
    Draft202012Validator.check_schema(found)
    return found


def test_the_schema_has_every_option_where_it_may_be_set(schema: Mapping[str, Any]) -> None:
    commands = all_settable(click.Context(cli))
    shared = {key for each in commands.values() for key in each.options if key not in APART}
    assert set(schema["properties"]) == {*shared, *COMMANDS, "presets"}
    assert set(schema["$defs"]["preset"]["properties"]) == {*shared, *COMMANDS}
    for name, each in commands.items():
        assert set(schema["$defs"][name]["properties"]) == set(each.options)


@pytest.mark.parametrize(
    "text",
    [
        "{fail-on: high, scan: {workers: 8, output: [text, junit=x.xml]}}",
        "{region: eu-west-1, presets: {n: {fail-on: info, scan: {organization: true}}}}",
        "{fail-onn: high}",
        "{fail-on: grave}",
        "{output: text}",
        "{scan: {workers: many}}",
        "{scan: {workers: 0}}",
        "{scan: {organization: 7}}",
        "{scan: text}",
        "{presets: {n: {scam: {}}}}",
        "{verify: {fail-on: high}}",
    ],
)
def test_the_schema_refuses_what_the_command_refuses(
    text: str, schema: Mapping[str, Any], repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(repository, text)
    fits = not list(Draft202012Validator(schema).iter_errors(read_document(path).value))
    assert run(["config", "show", "--json"]) == (Exit.CLEAN if fits else Exit.ERROR)
    capfd.readouterr()


def test_the_schema_is_printed(capfd: pytest.CaptureFixture[str], schema: Mapping[str, Any]) -> None:
    assert run(["config", "schema"]) == Exit.CLEAN
    assert json.loads(capfd.readouterr().out) == schema
