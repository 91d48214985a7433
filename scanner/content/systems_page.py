"""``docs/monitoring-systems.md``: which system for which need, what auditors ask for, and each system at length."""

from collections.abc import Iterator
from itertools import chain

from scanner.content.systems import MonitoringSystem, monitoring_systems

ASKED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "every call is recorded, in every Region and account",
        ("cis-aws-5.0.0/3.1", "pci-dss-4.0.1/10.2.1", "hipaa-security-rule/164.312(b)"),
        ("trail",),
    ),
    (
        "reads and writes of stored data are recorded",
        ("cis-aws-5.0.0/3.8", "cis-aws-5.0.0/3.9", "pci-dss-4.0.1/10.2.1.1"),
        ("trail",),
    ),
    (
        "nobody can change or remove the records",
        ("cis-aws-5.0.0/3.2", "pci-dss-4.0.1/10.3.2", "hipaa-security-rule/164.312(c)(1)"),
        ("s3-log-files",),
    ),
    ("twelve months are kept, three of them at hand", ("pci-dss-4.0.1/10.5.1",), ("s3-log-files", "cloudwatch-logs")),
    (
        "certain changes reach a person",
        ("cis-aws-5.0.0/4.1", "pci-dss-4.0.1/10.4.1.1", "hipaa-security-rule/164.308(a)(6)(ii)"),
        ("metric-filter-alarm", "eventbridge"),
    ),
    (
        "the records are reviewed each day, by a machine where possible",
        ("pci-dss-4.0.1/10.4.1", "pci-dss-4.0.1/10.4.1.1", "hipaa-security-rule/164.308(a)(1)(ii)(D)"),
        ("logs-insights", "metric-filter-alarm"),
    ),
    (
        "it is noticed when recording or alerting fails",
        ("pci-dss-4.0.1/10.7.2",),
        ("metric-filter-alarm", "eventbridge"),
    ),
    ("unusual activity is found", ("pci-dss-4.0.1/A3.5.1",), ("cloudtrail-insights",)),
)
"""What auditors ask for, controls that say so (``explain`` tells how far rules decide them), and what serves it."""


def systems_page() -> str:
    """The whole page, made from the data that ``trailwitness explain`` prints."""
    systems = {system.id: system for system in monitoring_systems()}
    parts = [_HEAD.format(count=_count(len(systems)))]
    parts += chain.from_iterable(map(_needs, systems.values()))
    parts += ["", *_ASKED]
    for what, controls, best in ASKED:
        parts.append(_asked(what, controls, [systems[each] for each in best]))
    parts += ["", *_GLANCE, *map(_at_a_glance, systems.values())]
    parts += ["", *_TIMES, *map(_times, systems.values())]
    for system in systems.values():
        parts += ["", *_chapter(system)]
    return "\n".join(parts) + "\n"


def _count(number: int) -> str:
    return {10: "ten", 11: "eleven", 12: "twelve"}.get(number, str(number))


def _needs(system: MonitoringSystem) -> list[str]:
    return [f"| {need} | {_linked(system)} |" for need in system.needs]


def _asked(what: str, controls: tuple[str, ...], best: list[MonitoringSystem]) -> str:
    named = ", ".join(f"`{control}`" for control in controls)
    return f"| {what} | {named} | {', '.join(map(_linked, best))} |"


def _at_a_glance(system: MonitoringSystem) -> str:
    return f"| {_linked(system)} | {_told(system.alerts)} | {_told(system.organization)} |"


def _times(system: MonitoringSystem) -> str:
    return f"| {_linked(system)} | {system.delay} | {system.retention} |"


def _linked(system: MonitoringSystem) -> str:
    anchor = "".join(each for each in system.title.lower() if each.isalnum() or each in " -").replace(" ", "-")
    return f"[{system.title}](#{anchor})"


def _told(answer: str) -> str:
    """An answer with its yes or no in bold, which the eye finds in a column."""
    for word in ("yes", "no", "only"):
        if answer == word or answer.startswith((f"{word},", f"{word};", f"{word} ")):
            return f"**{word}**{answer.removeprefix(word)}"
    return answer


def _chapter(system: MonitoringSystem) -> Iterator[str]:
    yield f"## {system.title}"
    yield ""
    yield f"`trailwitness explain {system.id}`. Use it to {system.use}."
    yield ""
    yield f"- **Delay**: {system.delay}."
    yield f"- **Retention**: {system.retention}."
    yield f"- **Alerts**: {system.alerts}."
    yield f"- **Whole organization**: {system.organization}."
    yield f"- **Cost**: {system.cost}."
    yield f"- **Do not rely on it when** {system.avoid}."
    yield f"- **Rules about it**: {', '.join(map(_rules, system.rules))}."
    yield "- **Limits**:"
    yield from (f"  - {limit}" for limit in system.limits)
    yield ""
    yield f"Sources: <{'>, <'.join(system.sources)}>"


def _rules(named: str) -> str:
    return f"`{named}`" if "." in named else f"`{named}.*`"


_HEAD = """# Monitoring systems

AWS has {count} systems that record, keep, search or report audit events. No control is met by a system's name; it is
met by what the system does for the events in question. This page says what each is for, and what it is not, as AWS
documented it in 2026. `trailwitness explain` with a system's name, a rule or a control says the same on the terminal,
with what a scan found. This page is made from `scanner/content/systems.yaml`.

Four jobs are easily taken for one another, and a system that was set up for one of them is often relied on for
another:

- **Recording** an event at all: a trail. What no selector selects is lost, and cannot be had later.
- **Keeping** it so that it proves something: log files in S3, with digests, under a lock.
- **Noticing** it within minutes: a metric filter with its alarm, or an EventBridge rule, and a person at the end.
- **Reviewing** what was recorded: a query that runs on a schedule, and somebody who reads what it finds.

```text
a call ─┬─ event history                                       90 days, to look up
        ├─ trail ─┬─ S3: log files, digests ── Athena          years, as evidence
        │         ├─ CloudWatch Logs ─┬─ metric filter ── alarm ── topic ── person
        │         │                   ├─ Logs Insights, by hand or on a schedule
        │         │                   └─ Contributor Insights
        │         ├─ EventBridge rule ── topic, queue, function, other account
        │         └─ CloudTrail Insights ── EventBridge
        ├─ telemetry rule ── CloudWatch Logs (aws/cloudtrail/…)
        └─ event data store (CloudTrail Lake) ── SQL
```

## Which one?

| what you need | what to use |
|---|---|"""

_ASKED = (
    "## What auditors ask for",
    "",
    "`trailwitness explain` with one of these controls says how far rules decide it and what is left to a person.",
    "",
    "| what is asked | for example by | what serves it |",
    "|---|---|---|",
)

_GLANCE = (
    "## Alerts, and whole organizations",
    "",
    "| system | tells somebody | whole organization |",
    "|---|---|---|",
)

_TIMES = ("## Delay and retention", "", "| system | delay | retention |", "|---|---|---|")
