"""Processor time and memory of sealing many findings with every report: 20,000 by default.

``python sealing_benchmark.py [FINDINGS]`` collects the demo account, judges it with every framework, repeats its
findings on other resources up to the number wanted, writes each report and then the evidence bundle, which holds
several of them once more. Times are seconds of this process, and how often CPython's own ``json.dumps`` could have
written the findings meanwhile, indented as ours are: that ratio depends on the machine far less. Exit code 1 when the
whole takes longer than ``LONGEST`` or more memory than ``MOST``.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from reports.document.writing import document
from reports.formats import FORMATS
from reports.plain_json import plain
from scanner.collect import CollectOptions, collect
from scanner.demo.account import REGIONS, seed
from scanner.demo.clients import environment
from scanner.demo.server import demo_server
from scanner.model import Assessment, Finding
from scanner.runs.collecting import plan_for
from scanner.runs.configuration import judge, sealed, snapshot_files, write_bundle
from scanner.runs.selection import Selection, select
from scanner.snapshot.folder import read_snapshot

FINDINGS = 20_000
LONGEST = 20.0
"""Seconds of processor time."""
MOST = 500_000
"""Kilobytes of resident memory."""


def collected(folder: Path, selection: Selection) -> None:
    """The demo account's recorded answers, collected over HTTP into a new folder."""
    with demo_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(endpoint).items():
            patch.setenv(name, value)
        seed(endpoint)
        collect(CollectOptions(regions=REGIONS), plan_for(selection.rules), folder)


def repeated(assessment: Assessment, number: int) -> Assessment:
    """The assessment with so many findings: its own, then the same on resources of other names."""
    findings = assessment.findings

    def made() -> Iterator[Finding]:
        for at, finding in enumerate(islice(cycle(findings), number)):
            turn = at // len(findings)
            yield replace(finding, resource=f"{finding.resource}-{turn}") if turn else finding

    return replace(assessment, findings=tuple(made()))


def write(name: str, assessment: Assessment, folder: Path) -> int:
    """Write one report, as a file or as the files it consists of; the number of bytes."""
    form = FORMATS[name]
    if form.write_parts is not None:
        return sum((folder / part).write_bytes(data) for part, data in form.write_parts(assessment))
    with (folder / name).open("wb") as stream:
        form.write(assessment, stream)
        return stream.tell()


class Clock:
    """Seconds of processor time by what they were spent on."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Count what is spent inside."""
        begun = time.process_time()
        yield
        self.spent[name] = time.process_time() - begun


def measure(snapshot: Path, selection: Selection, number: int, folder: Path) -> Clock:
    """Write every report of so many findings, then the bundle; what each took. The folder must exist."""
    judged = judge(read_snapshot(snapshot), selection)
    assessment = repeated(judged, number)
    over = {name for name, form in FORMATS.items() if assessment.run.over in form.over}
    clock = Clock()
    for name in FORMATS:
        if name in over:
            with clock.on(name):
                write(name, assessment, folder)
    with clock.on("bundle"):
        write_bundle(
            folder / "evidence", sealed(snapshot_files([snapshot], assessment), assessment, selection), assessment
        )
    return clock


def unit(snapshot: Path, selection: Selection, number: int) -> float:
    """Seconds in which ``json.dumps`` writes so many findings, indented."""
    told = document(judge(read_snapshot(snapshot), selection))["findings"]
    assert isinstance(told, list)
    begun = time.process_time()
    json.dumps(told, sort_keys=True, indent=2, ensure_ascii=False, default=plain)
    return (time.process_time() - begun) * number / len(told)


def tell(snapshot: Path, folder: Path, number: int) -> int:
    """Measure in this process, which did nothing else, and print; 1 when a bound is broken."""
    selection = select((), (), (), ())
    clock = measure(snapshot, selection, number, folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    one = unit(snapshot, selection, number)
    whole = sum(clock.spent.values())
    for name, seconds in (*clock.spent.items(), (f"{number:,} findings", whole)):
        sys.stdout.write(f"{name:18} {seconds:6.2f} s {seconds / one:6.2f} x json.dumps\n")
    sys.stdout.write(f"{memory:,} kB\n")
    return int(whole > LONGEST or memory > MOST)


def main(number: int = FINDINGS) -> int:
    """Collect, and have another process measure."""
    with tempfile.TemporaryDirectory() as place:
        snapshot, folder = Path(place) / "snapshot", Path(place) / "reports"
        collected(snapshot, select((), (), (), ()))
        folder.mkdir()
        return subprocess.run([sys.executable, __file__, str(number), snapshot, folder], check=False).returncode


if __name__ == "__main__":
    wanted, places = sys.argv[1:2], sys.argv[2:]
    if places:
        raise SystemExit(tell(Path(places[0]), Path(places[1]), int(wanted[0])))
    raise SystemExit(main(*map(int, wanted)))
