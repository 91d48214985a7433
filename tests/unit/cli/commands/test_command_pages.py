"""The pages of scan, collect, verify and reports: their commands run, and what they show is what is printed.

``make docs`` writes the outputs anew. A ``text`` block after a block of commands is what the last of them prints.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from scanner import __version__
from scanner.cases import load_cases
from scanner.cases.run import case_snapshot
from scanner.cli import cli, run
from scanner.cli.exit_codes import Exit
from scanner.content.rules import load_rules
from scanner.snapshot.answers import Reply
from scanner.snapshot.folder import SnapshotWriter

ROOT = Path(__file__).parents[4]
UPDATE = os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1"
PAGES = ("scan.md", "collect.md", "verify.md", "reports.md")
RULE, CASE = "route.root-usage", "decoy: sign-ins only"
BLOCKS = re.compile(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
OF_THE_READER = re.compile(
    r"--(?:profile|role-arn|organization|public-key|chain)\b|\| jq "
    r"|^trailwitness scan(?: --framework.*)?$"  # whole scans: those of the README are run
)
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
SIZE = re.compile(r"\b\d+(?=\.\d+(?:;| \(bytes))")
WHEN = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def page_text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: Any) -> Path:
    """A folder with the snapshot of an account in which the use of its root user reaches nobody; AWS answers too."""
    assert aws is not None
    (rule,) = (rule for rule in load_rules() if rule.id == RULE)
    (case,) = (case for case in load_cases(rule, ROOT / "rules", proven=True) if case.name == CASE)
    recorded = case_snapshot(case)
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        for call in recorded.calls:
            reply = Reply(pages=recorded.answer(call.key).pages, error=call.error)
            writer.record(call.key, reply, "2026-11-20T07:00:00Z")
        tool = {"name": "trailwitness", "version": __version__}
        writer.finish({**recorded.run, "tool": tool, "rules": [RULE]})
    monkeypatch.delenv("TRAILWITNESS_UPDATE_GOLDEN", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def steady(text: str) -> str:
    """What is printed but for what is another in each run."""
    return SIZE.sub("SIZE", WHEN.sub("TIME", DIGEST.sub("DIGEST", text)))


def printed(commands: str, capfd: pytest.CaptureFixture[str]) -> Iterator[str]:
    """What each command prints, reports before what is said of them."""
    for line in commands.replace("\\\n", " ").splitlines():
        capfd.readouterr()
        name, *arguments = line.split()
        if name != "trailwitness":
            subprocess.run(["/bin/sh", "-c", line], check=True)
        elif OF_THE_READER.search(line):  # the options must exist; the account and the files are the reader's
            asked = line.partition(" |")[0].split()[1:]
            assert run([*asked, "--help"]) == Exit.CLEAN, line
        else:
            assert run(arguments) in {Exit.CLEAN, Exit.FINDINGS, Exit.INCOMPLETE}, line
        shown, said = capfd.readouterr()
        yield f"{shown}{said}"


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("name", PAGES)
def test_what_the_page_is_showing_is_printed(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    text = page_text(name)
    for block in BLOCKS.finditer(text):
        *_, told = printed(block[1], capfd)
        if block[2] is None:
            continue
        if UPDATE and steady(told) != steady(block[2]):
            whole = block[0].replace(f"```text\n{block[2]}```", f"```text\n{told}```")
            (ROOT / "docs" / name).write_text(page_text(name).replace(block[0], whole), encoding="utf-8")
        else:
            assert steady(block[2]) == steady(told), "make docs writes it anew; review the difference"


def test_the_pages_show_outputs_and_every_exit_code() -> None:
    assert [page_text(name).count("```text\n") for name in PAGES] == [3, 1, 2, 1]
    for name in ("scan.md", "collect.md", "verify.md"):
        codes = set(re.findall(r"^\| (\d+) \|", page_text(name), re.MULTILINE))
        assert {"0", "2", "3"} <= codes, name


@pytest.mark.parametrize("name", ["scan", "collect", "verify"])
def test_each_option_is_on_the_page_of_its_command(name: str) -> None:
    with click.Context(cli, **cli.context_settings) as context:
        command = cli.get_command(context, name)
    assert command is not None
    text = page_text(f"{name}.md")
    options = {each.opts[0] for each in command.params if isinstance(each, click.Option)}
    assert len(options) > 8
    assert {each for each in options if f"{each}`" not in text and f"{each} " not in text} == set()
