"""What CI servers and containers read: valid in the official schemas, sound by zizmor, and true to the command."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from scanner.cli import cli, run
from scanner.cli.exit_codes import Exit
from scanner.cli.settings.commands import OWN, PREFIX, all_settable

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
CI_PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
YAML_BLOCKS = re.findall(r"^```yaml\n(.*?)^```", CI_PAGE, re.MULTILINE | re.DOTALL)
(WORKFLOW,) = (block for block in YAML_BLOCKS if "runs-on:" in block)
(GITLAB,) = (block for block in YAML_BLOCKS if "id_tokens:" in block)
(JENKINS,) = re.findall(r"^```groovy\n(.*?)^```", CI_PAGE, re.MULTILINE | re.DOTALL)
(PRE_COMMIT,) = (block for block in YAML_BLOCKS if "repos:" in block)
# What each section of a declarative pipeline may hold, as Jenkins documents it ("Pipeline Syntax").
SECTIONS = {
    "pipeline": {"agent", "environment", "libraries", "options", "parameters", "post", "stages", "tools", "triggers"},
    "stages": {"stage"},
    "stage": {"agent", "environment", "input", "options", "post", "steps", "tools", "when"},
    "agent": {"docker", "label"},
    "docker": {"image", "args", "alwaysPull", "label", "registryUrl", "registryCredentialsId", "reuseNode"},
    "post": {"always", "changed", "fixed", "regression", "aborted", "failure", "success", "unstable", "cleanup"},
}
NEEDED = {"pipeline": {"agent", "stages"}, "stages": {"stage"}, "stage": {"steps"}, "docker": {"image"}}
STATEMENT = re.compile(r"(\w+)(?:\((?:'[^']*'|[\w:, ])*\))?(?: '[^'\\]*')?( \{)?(?: // .*)?")
INSTRUCTION = re.compile(r"^([A-Z]+) (.*)$", re.MULTILINE)


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return found


def scan_step() -> dict[str, Any]:
    (step,) = (each for each in action()["runs"]["steps"] if each.get("id") == "scan")
    return dict(step)


def program(name: str) -> str:
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def passes(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(
    ("text", "schema", "more"),
    [
        (ACTION.read_text(encoding="utf-8"), "vendor.github-actions", ()),
        (WORKFLOW, "vendor.github-workflows", ()),
        (GITLAB, "vendor.gitlab-ci", ("--data-transform", "gitlab-ci")),
    ],
    ids=["action", "workflow", "gitlab"],
)
def test_official_schemas(text: str, schema: str, more: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "file.yml"
    path.write_text(text, encoding="utf-8")
    passes(program("check-jsonschema"), "--builtin-schema", schema, *more, path)


def sections(lines: Iterator[str], name: str) -> Iterator[tuple[str, set[str]]]:
    """Each block of a pipeline with what is directly inside it; one statement or bracket per line."""
    inside: set[str] = set()
    for line in lines:
        if line == "}":
            yield name, inside
            return
        told = STATEMENT.fullmatch(line)
        assert told is not None, line
        inside.add(told[1])
        if told[2]:
            yield from sections(lines, told[1])
    assert name == "", f"{name} is not closed"
    yield name, inside


def test_the_pipeline_of_jenkins_is_declarative() -> None:
    found = list(sections(iter([line.strip() for line in JENKINS.splitlines()]), ""))
    assert found[-1] == ("", {"pipeline"})
    for name, inside in found:
        assert inside <= SECTIONS.get(name, inside), name
        assert inside >= NEEDED.get(name, set()), name
    assert {name for name, _ in found} >= SECTIONS.keys()


def test_commands_of_jenkins_and_gitlab_have_these_options(capfd: pytest.CaptureFixture[str]) -> None:
    (of_jenkins,) = re.findall(r"sh '(trailwitness [^']*)'", JENKINS)
    of_gitlab = [line for line in yaml.safe_load(GITLAB)["audit-logging"]["script"] if line.startswith("trailwitness ")]
    for line in (of_jenkins, *of_gitlab):
        assert run([*line.split()[1:], "--help"]) == Exit.CLEAN, line
    assert capfd.readouterr().err == ""
    with click.Context(cli, **cli.context_settings) as context:
        scan = all_settable(context)["scan"]
    set_here = {name for name in yaml.safe_load(GITLAB)["audit-logging"]["variables"] if name.startswith(PREFIX)}
    known = {name for key in scan.options for name in scan.variables(key)}
    assert set_here
    assert set_here <= known


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "gate.yml").write_text(WORKFLOW, encoding="utf-8")
    (tmp_path / "action.yml").write_bytes(ACTION.read_bytes())
    passes(program("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", tmp_path)


def test_other_actions_are_pinned() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW)
    assert len(used) == 4
    for name in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", name), name
    assert not any("uses" in step for step in action()["runs"]["steps"])


def test_inputs_reach_the_command_as_variables_that_set_its_options() -> None:
    with click.Context(cli, **cli.context_settings) as context:
        scan = all_settable(context)["scan"]
    known = {name for key in scan.options for name in scan.variables(key)}
    known |= {f"{PREFIX}{each.replace('-', '_').upper()}" for each in OWN}
    step = scan_step()
    assert {name for name in step["env"] if name.startswith(PREFIX)} <= known
    taken = [re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value) for value in step["env"].values()]
    assert sorted(match[1] for match in taken if match) == sorted(action()["inputs"])
    for each in action()["runs"]["steps"]:
        assert "${{" not in each["run"]
    given = re.search(r"with:\n((?: {10}\S.*\n)+)", WORKFLOW.partition("OWNER/trailwitness@")[2])
    assert given is not None
    assert set(yaml.safe_load(given[1])) <= set(action()["inputs"])


@pytest.mark.slow
def test_what_is_given_to_the_action_is_inert(tmp_path: Path) -> None:
    """Its script runs here as a runner runs it; text that a shell or a workflow command would obey does nothing."""
    binaries = tmp_path / "runner" / "trailwitness" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "trailwitness").symlink_to(Path(sys.executable).with_name("trailwitness"))
    (tmp_path / "empty").mkdir()
    hostile = "$(touch pwned) `touch pwned`; touch pwned\n::set-output name=x::y"
    step = scan_step()
    variables = dict.fromkeys(step["env"], "") | {
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(tmp_path / "runner"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary of the job.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "TRAILWITNESS_SCAN_SNAPSHOT": "empty",
        "TRAILWITNESS_SCAN_RULE": hostile,
        "FURTHER_OUTPUT": "junit=junit.xml",
    }
    done = subprocess.run(
        ["bash", "-c", step["run"]], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Error:" in done.stderr
    assert (tmp_path / "output").read_text(encoding="utf-8") == "exit-code=2\n"
    assert not (tmp_path / "pwned").exists()
    assert not [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("::")]


def test_hooks_of_pre_commit() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    by_id = {hook["id"]: hook for hook in hooks}
    assert set(by_id) == {"trailwitness-rules", "trailwitness-rule-cases", "trailwitness-config"}
    keys = {"id", "name", "description", "entry", "args", "language", "files", "pass_filenames"}
    for hook in hooks:
        assert set(hook) <= keys
        assert hook["language"] == "python"
        name, *words = hook["entry"].split()
        assert name == "trailwitness"
        command: click.Command | None = cli
        with click.Context(cli, **cli.context_settings) as context:
            for word in words:
                assert isinstance(command, click.Group)
                command = command.get_command(context, word)
        assert command is not None
        options = {name for each in command.params for name in each.opts}
        assert set(hook.get("args", ())[::2]) <= options
        pattern = re.compile(hook["files"])
        named = "pyproject.toml" if hook["id"] == "trailwitness-config" else "rules/trail/one.test.yaml"
        assert pattern.search(named)
        assert not pattern.search("docs/rules.md")
    (repository,) = yaml.safe_load(PRE_COMMIT)["repos"]
    assert {hook["id"] for hook in repository["hooks"]} <= set(by_id)


def test_the_image() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = INSTRUCTION.findall(re.sub(r"\\\n\s*", "", text))
    (image,) = (value.partition("=")[2] for name, value in lines if name == "ARG")
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", image), "a full version, which does not change by the day"
    assert {value.partition(" AS ")[0] for name, value in lines if name == "FROM"} == {"${PYTHON_IMAGE}"}
    final = lines[max(number for number, (name, _) in enumerate(lines) if name == "FROM") :]
    user = next(number for number, (name, _) in enumerate(final) if name == "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", final[user][1]), "a number, so that Kubernetes knows it is not root"
    assert not {"RUN", "COPY", "USER"} & {name for name, _ in final[user + 1 :]}
    assert not {"ADD", "MAINTAINER"} & {name for name, _ in lines}
    assert all("--require-hashes" in value or "--no-deps" in value for _, value in lines if "pip install" in value)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    for name, value in lines:
        if name == "COPY" and not value.startswith("--from="):
            for source in value.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in ignored


def test_what_is_installed_is_locked() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([\w.-]+)==(\S+) \\$", text, re.MULTILINE))

    locked = versions("install.txt")
    others = versions("demo.txt")
    assert locked == {name: others.get(name) for name in locked}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=\[]", each)[0].lower().replace("_", "-") for each in project["dependencies"]}
    assert wanted | {"hatchling"} <= {name.lower().replace("_", "-") for name in locked}


def test_the_security_policy_names_a_way_and_no_address() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text
    assert not re.search(r"\S@\S+\.\w", text)
