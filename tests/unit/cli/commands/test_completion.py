"""Completion: what is offered, and that each shell reads what it is given."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

from scanner.cli import COMMANDS, cli, run
from scanner.cli.commands.setup.completion import SHELLS, VARIABLE
from scanner.cli.exit_codes import Exit
from scanner.content.frameworks import framework_ids


def offered(*words: str) -> list[str]:
    """What is offered for the last word after the others."""
    found = get_completion_class("bash")
    assert found is not None
    *before, begun = words
    return [item.value for item in found(cli, {}, "trailwitness", VARIABLE).get_completions(before, begun)]


def test_what_is_offered(tmp_path: Path) -> None:
    assert offered("") == list(COMMANDS)
    assert offered("scan", "--framework", "pci") == ["pci-dss-3.2.1", "pci-dss-4.0.1"]
    assert offered("frameworks", "show", "") == list(framework_ids())
    assert offered("rules", "show", "trail.kms") == ["trail.kms-encrypted"]
    assert {"route", "route.iam-policy-changes"} <= set(offered("logs", "--rule", "route"))
    assert not [each for each in offered("scan", "--rule", "") if each.endswith(".test") or each.startswith("_")]
    assert offered("scan", "-o", "jun") == ["junit"]
    assert offered("scan", "-o", "junit=") == []
    assert offered("logs", "--fail-on", "h") == ["high"]
    assert offered("explain", "hipaa") == ["hipaa-security-rule/"]
    assert "--framework" in offered("collect", "--f")
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "own.yaml").touch()
    assert offered("scan", "--rules", str(tmp_path), "--rule", "my") == ["my", "my.own"]
    assert offered("scan", "--rules", str(tmp_path / "nowhere"), "--rule", "trail.kms") == ["trail.kms-encrypted"]


def test_regions_profiles_and_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered("scan", "--region", "eu-c") == ["eu-central-1", "eu-central-2"]
    assert {"us-gov-west-1", "cn-north-1"} < set(offered("collect", "--region", ""))
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text("[default]\n[profile audit]\nregion = %x\n[sso-session x]\n", encoding="utf-8")
    credentials.write_text("[audit]\n[old]\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    assert offered("logs", "--profile", "") == ["audit", "default", "old"]
    config.write_text("no sections", encoding="utf-8")
    assert offered("logs", "--profile", "") == ["audit", "old"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    assert offered("scan", "--preset", "") == []
    own = tmp_path / ".trailwitness.yaml"
    own.write_text("presets: {nightly: {fail-on: info}, weekly: {}}", encoding="utf-8")
    assert offered("scan", "--preset", "n") == ["nightly"]
    assert offered("config", "show", "--preset", "") == ["nightly", "weekly"]
    other = tmp_path / "other.yaml"
    other.write_text("presets: {release: {}}", encoding="utf-8")
    assert offered("scan", "--config", str(other), "--preset", "") == ["release"]
    own.write_text("presets: 7", encoding="utf-8")
    assert offered("scan", "--preset", "") == []


def test_commands_are_offered_without_being_imported() -> None:
    script = (
        "import sys\nfrom scanner.cli import run\nassert run([]) == 0\n"
        "loaded = [each for each in sys.modules if each.startswith('scanner.cli.commands.')]\n"
        "assert not loaded, loaded\n"
    )
    variables = os.environ | {VARIABLE: "bash_complete", "COMP_WORDS": "trailwitness ver", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "plain,verify\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_reads_what_it_is_given(shell: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert run(["completion", shell]) == Exit.CLEAN
    script = tmp_path / "script"
    script.write_text(capfd.readouterr().out, encoding="utf-8")
    asked = {
        "bash": f"source {script}; COMP_WORDS=(trailwitness scan --framework pci); COMP_CWORD=3; "
        "_trailwitness_completion trailwitness; echo ${COMPREPLY[@]}; COMP_WORDS=(trailwitness scan --region eu-c); "
        "_trailwitness_completion trailwitness; echo ${COMPREPLY[@]}",
        "zsh": "autoload -U compinit; compinit -u -D; compadd() { print -r -- ${(P)@[-1]} }; "
        f"source {script}; words=(trailwitness scan --framework pci); CURRENT=4; _trailwitness_completion; "
        "words=(trailwitness scan --region eu-c); _trailwitness_completion",
        "fish": f"source {script}; complete -C 'trailwitness scan --framework pci'; "
        "complete -C 'trailwitness scan --region eu-c'",
    }
    variables = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    variables |= {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run([shell, "-c", asked[shell]], env=variables, capture_output=True, text=True, check=False)
    assert "pci-dss-4.0.1" in done.stdout, done.stderr
    assert "eu-central-1" in done.stdout, done.stderr
