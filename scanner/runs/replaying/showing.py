"""What the demo shows of a replay: a route that a scan calls whole, and that still would have told nobody."""

from collections.abc import Iterator
from pathlib import Path

from scanner.aws.options import Account
from scanner.log_sources.kinds.files import local_sources
from scanner.model import Assessment, Outcome
from scanner.replay.alarming.acting import Verdict
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.replaying.run import Deployed, Run, Wanted, replay_sources, routes_of
from scanner.runs.selection import Selection


def replay_folder(deployed: Deployed, selection: Selection, folder: Path) -> Run:
    """Replay the log files of a folder."""
    opened = Opened(sources=list(local_sources([str(folder)], lambda _name, _why: None)))
    return replay_sources(deployed, routes_of(selection), Asked((str(folder),), Account()), opened, Wanted())


def whole_and_silent(run: Run, assessment: Assessment) -> Iterator[str]:
    """The routes of which every link passes in the account of a record that raised nothing, with why, as lines."""
    passed = {(str(each.rule), each.account) for each in assessment.findings if each.outcome is Outcome.PASS}
    for route in run.replayed.routes:
        for each in route.silences:
            account = each.examples[0].account
            if each.verdict is Verdict.SILENT and (route.route.id, account) in passed:
                yield f"{route.route.id} passes in account {account}, and still: {each.why}"
