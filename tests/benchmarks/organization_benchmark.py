"""Memory and time of judging an organization by every rule: a generated snapshot of many accounts, 17 Regions each.

``python organization_benchmark.py [ACCOUNTS]`` writes the snapshot into a temporary folder, judges it as the command
does, with every report and an evidence bundle, and a quarter of it, and prints the resident memory and the time for
each account. Exit code 1 when the memory is above ``MOST``, or the time of an account grows with their number.
"""

import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from scanner.model import CallKey
from scanner.runs.collecting import plan_for
from scanner.runs.selection import select
from scanner.snapshot.call_lines import CALLS, call_line
from scanner.snapshot.raw_json import document, line
from scanner.snapshot.run_json import RUN

ACCOUNTS = 2000
MOST = 400_000
"""Kilobytes of resident memory."""
STEEPEST = 1.3
"""How much longer an account of a large organization may take than one of a quarter of it."""


def _generator() -> ModuleType:
    # By path: test folders are no packages, so one cannot import from another.
    path = Path(__file__).with_name("organization_generator.py")
    spec = importlib.util.spec_from_file_location("organization_generator", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("organization_generator", module)
    spec.loader.exec_module(module)
    return module


generator = _generator()


def write(folder: Path, accounts: int) -> None:
    """A snapshot of this many accounts: the management and the security account, and members that are all alike."""
    rules = select((), (), (), ()).rules
    made = generator.Organization(rules, plan_for(rules).uses, generator.REGIONS)
    first = generator.member(0)
    fixed = {account: made.calls(account) for account in (generator.MANAGEMENT, generator.SECURITY)}
    template = made.calls(first)
    ids = sorted([*fixed, *(generator.member(number) for number in range(accounts - len(fixed)))])
    folder.mkdir(parents=True)
    (folder / "raw").mkdir()
    kept: dict[bytes, Path] = {}
    with (folder / CALLS).open("wb") as stream:
        for account in ids:
            answers = fixed.get(account) or _as_of(template, first, account)
            for key in sorted(answers):
                call, content = generator.recorded(key, answers[key])
                stream.write(line(call_line(call)))
                if call.file:
                    _store(folder / call.file, content, kept)
    scope = {account: {"regions": list(generator.REGIONS), "skipped": {}} for account in ids}
    (folder / RUN).write_bytes(document(generator.run(scope)))


def _as_of(template: Mapping[CallKey, Any], first: str, account: str) -> dict[CallKey, Any]:
    """The calls of one member as those of another."""
    found: dict[CallKey, Any] = {}
    for key, answer in template.items():
        arguments = {name: account if value == first else value for name, value in key.arguments.items()}
        told = made_over(answer, first, account)
        found[CallKey(account, key.region, key.operation, arguments)] = told
    return found


def made_over(answer: Any, first: str, account: str) -> Any:
    """An answer with one account's id for another's."""
    if isinstance(answer, str):
        return answer.replace(first, account)
    if isinstance(answer, Mapping):
        return {name: made_over(value, first, account) for name, value in answer.items()}
    return [made_over(value, first, account) for value in answer] if isinstance(answer, list) else answer


def _store(path: Path, content: bytes, kept: dict[bytes, Path]) -> None:
    """Write a raw file; members answer alike, so most of them are one file under many names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = kept.get(content)
    if known is not None:
        try:
            os.link(known, path)
        except OSError:  # a file system allows so many names of one file
            known = None
    if known is None:
        path.write_bytes(content)
        kept[content] = path


def outputs(folder: Path) -> tuple[str, ...]:
    """Options for every report, and for an evidence bundle, below a new folder."""
    folder.mkdir()
    written = [f"{name}={folder / name}" for name in ("json", "csv", "junit")]
    options = [word for report in ("text", *written) for word in ("--output", report)]
    return (*options, "--bundle", str(folder / "evidence"))


def judge(folder: Path, *outputs: str) -> tuple[float, int]:
    """Seconds of processor time and kilobytes of resident memory of a scan of the snapshot."""
    command = [sys.executable, "-m", "trailwitness", "scan", "--snapshot", str(folder), "--quiet", *outputs]
    started = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
    script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    told = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(f"  {time.perf_counter() - started:.1f} s elapsed, {seconds:.1f} s of processor time, {int(told):,} kB")
    return seconds, int(told)


def say(line: str) -> None:
    """Print a line at once: judging takes minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(accounts: int = ACCOUNTS) -> int:
    """Measure and print; 1 when a bound is broken."""
    figures: dict[int, tuple[float, int]] = {}
    with tempfile.TemporaryDirectory() as place:
        for number in (accounts // 4, accounts):
            folder = Path(place) / str(number)
            write(folder, number)
            say(f"{number} accounts x {len(generator.REGIONS)} Regions, every rule:")
            figures[number] = judge(folder, *outputs(Path(place) / f"{number}-out"))
    (few_seconds, _), (seconds, memory) = figures[accounts // 4], figures[accounts]
    steep = (seconds / accounts) / (few_seconds / (accounts // 4))
    say(f"{seconds / accounts * 1000:.0f} ms an account, {steep:.2f} times that of a quarter of them; {memory:,} kB")
    return int(memory > MOST or steep > STEEPEST)


if __name__ == "__main__":
    raise SystemExit(main(*(int(text) for text in sys.argv[1:])))
