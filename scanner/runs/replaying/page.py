"""A replay as the values of its page: route by route, with its timeline, what was told, and why not where not."""

from collections.abc import Mapping
from functools import partial

from reports.formats.html.views.marks import MARKS, Mark
from reports.replays.page import replay_page
from reports.replays.view import History, ReplayView, Told, Untold
from reports.replays.view import Route as RouteOfPage
from scanner.model import Outcome
from scanner.replay.alarming.acting import Verdict
from scanner.replay.evaluation.clock import clock
from scanner.replay.history import AlarmHistory
from scanner.replay.replaying import Notification, RouteReplay, Silence
from scanner.runs.replaying.document import assumptions
from scanner.runs.replaying.outcome import Result, result, unreplayed
from scanner.runs.replaying.pictures import SYNTHETIC, picture
from scanner.runs.replaying.run import Run
from scanner.runs.replaying.telling import WORDS, alarm_name, closing, delay, history_lines, shown
from scanner.times import rfc3339
from scanner.wording import several

MOST = 100
"""Rows of a table, and sources that were not read whole, that the page shows; the JSON document lists all."""

_KINDS: Mapping[Verdict, Mark] = {
    Verdict.REPORTED: MARKS[Outcome.PASS],
    Verdict.JOINED: MARKS[Outcome.NOT_APPLICABLE],
    Verdict.UNKNOWN: MARKS[Outcome.UNKNOWN],
    Verdict.SILENT: MARKS[Outcome.FAIL],
}
_RESULTS: Mapping[Result, Outcome] = {
    Result.TOLD: Outcome.PASS,
    Result.SILENT: Outcome.FAIL,
    Result.UNKNOWN: Outcome.UNKNOWN,
}


def html(run: Run) -> bytes:
    """The page of a replay."""
    return replay_page(view(run))


def view(run: Run) -> ReplayView:
    """All that the page shows."""
    replayed, judged = run.replayed, any(route.records for route in run.replayed.routes)
    verdict = _RESULTS[result(run)]
    # Without a record of any route nothing was proved of what is deployed.
    nothing = verdict is Outcome.PASS and not judged
    loud = [each for each in replayed.routes if each.records]
    quiet = [each for each in replayed.routes if not each.records]
    return ReplayView(
        warning=SYNTHETIC if run.synthetic else "",
        verdict=MARKS[Outcome.NOT_APPLICABLE if nothing else verdict],
        sentence=closing(run),
        facts=list(_facts(run).items()),
        routes=list(map(partial(_route, run=run), loud)),
        quiet=list(map(_named, quiet)),
        unreplayed=list(unreplayed(run)),
        histories=list(map(partial(_history, run=run), run.histories)),
        unread=replayed.losses[:MOST],
        unread_left=max(0, len(replayed.losses) - MOST),
        assumptions=list(assumptions(run)),
    )


def _facts(run: Run) -> Mapping[str, str]:
    replayed, snapshot = run.replayed, run.deployed.snapshot
    return {
        "Records": several(replayed.records, "record"),
        "Period": f"{clock(replayed.begin)} to {clock(replayed.end)}" if replayed.records else "none",
        "Deployed as of": rfc3339(snapshot.collected_at),
        "Accounts": ", ".join(sorted(snapshot.accounts)) or "none",
    }


def _route(route: RouteReplay, run: Run) -> RouteOfPage:
    counts = [(_mark(each), route.counts[each]) for each in WORDS if route.counts.get(each)]
    return RouteOfPage(
        rule=route.route.id,
        title=route.route.title,
        mark=_mark(route.verdict or Verdict.UNKNOWN),
        counts=counts,
        picture=picture(route, run.replayed, synthetic=run.synthetic),
        told=list(map(partial(_told, run=run), route.notifications[:MOST])),
        told_left=max(0, len(route.notifications) - MOST),
        untold=list(map(_untold, route.silences[:MOST])),
        untold_left=max(0, len(route.silences) - MOST),
    )


def _named(route: RouteReplay) -> tuple[str, str]:
    return route.route.id, route.route.title


def _mark(verdict: Verdict) -> Mark:
    kind = _KINDS[verdict]
    return Mark(kind.kind, WORDS[verdict], kind.sign)


_DEPENDS = "with another evaluation range of the alarm, which AWS does not document, this would be otherwise"


def _told(each: Notification, run: Run) -> Told:
    return Told(
        at=clock(each.minute),
        by=f"EventBridge rule {each.by.rpartition('/')[2]}" if each.rule else f"alarm {alarm_name(each.by, run)}",
        records=each.records,
        after=delay(each) or "not known",
        note=_DEPENDS if each.depends else "",
        examples=list(map(shown, each.examples)),
    )


def _untold(each: Silence) -> Untold:
    return Untold(
        mark=_mark(each.verdict),
        at=clock(each.first) if each.first >= 0 else "at an unknown time",
        reason=str(each.reason),
        why=each.why,
        records=each.records,
        note=_DEPENDS if each.depends else "",
        examples=list(map(shown, each.examples)),
    )


def _history(each: AlarmHistory, run: Run) -> History:
    lines = list(history_lines(each))
    return History(alarm_name(each.identity, run), lines[:MOST], max(0, len(lines) - MOST))
