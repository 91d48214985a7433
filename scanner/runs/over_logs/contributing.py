"""From log sources that were opened to the top contributors of a Contributor Insights rule; nothing is judged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError
from scanner.model import JsonValue
from scanner.pattern.contribution.definition import Definition, LogFormat, read_definition
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.watching import Watch, unwatched
from scanner.times import rfc3339
from scanner.wording import several

if TYPE_CHECKING:
    from scanner.events.contributors import Contributors

SCHEMA = "trailwitness/contributors/v1"

MOST_REPORTED = 100
"""Contributors in a report of CloudWatch at most (API reference, ``GetInsightRuleReport``, ``MaxContributorCount``)."""


def read_rule(path: Path) -> Definition:
    """The rule in a file. Raises UsageError for one that cannot be read, or is not about CloudTrail's records."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: expected a JSON file in UTF-8 that can be read, found none.", "Check it.") from error
    rule = read_definition(text, str(path))
    if rule.log_format is not LogFormat.JSON:
        raise UsageError(
            f"{path}: $.LogFormat: expected JSON, because CloudTrail records are JSON, found {rule.log_format}.",
            "A rule over Common Log Format counts other logs.",
        )
    return rule


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted by a rule."""

    rule: Definition
    found: "Contributors"

    def document(self, asked: Asked, opened: Opened, top: int) -> Mapping[str, JsonValue]:
        """What ``--json`` prints: the ``top`` contributors, what adds nothing and why, and which sources these are."""
        left: dict[str, JsonValue] = {why.name.lower(): number for why, number in self.found.left.items()}
        contributors: list[JsonValue] = [
            {"keys": list(keys), "value": written(amount)} for keys, amount in self.found.top(top)
        ]
        keys: list[JsonValue] = [key.label for key in self.rule.keys]
        passed_over: list[JsonValue] = [{"source": source, "why": why} for source, why in opened.passed_over]
        return {
            "schema": SCHEMA,
            "keys": keys,
            "aggregate_on": "Sum" if self.rule.value_of else "Count",
            "value_of": self.rule.value_of.label if self.rule.value_of else None,
            "since": rfc3339(asked.since) if asked.since else None,
            "until": rfc3339(asked.until) if asked.until else None,
            "contributors": contributors,
            "unique_contributors": len(self.found.totals),
            "total": written(self.found.total),
            "records": self.found.records,
            "counted": self.found.counted,
            "repeats": self.found.repeats,
            "unreadable": self.found.unreadable,
            "left_out": left,
            "notes": list(self.notes()),
            "sources": len(opened.sources),
            "not_read_whole": [{"source": source, "why": why} for source, why in self.found.losses],
            "passed_over": passed_over,
            "excluded": list(asked.excluded),
        }

    def notes(self) -> Iterator[str]:
        """Where CloudWatch itself would say something else, as sentences without a full stop."""
        groups = ", ".join((*self.rule.groups, *self.rule.group_arns))
        yield f"every record counts, whichever log group it comes from; in CloudWatch the rule reads {groups}"
        yield "the values that CloudWatch shows, and its number of contributors, are approximate; these are exact"
        if len(self.found.totals) > MOST_REPORTED:
            yield f"CloudWatch reports {MOST_REPORTED} contributors at most; here are {len(self.found.totals):,}"
        open_records = _of(self.found, "OPEN")
        if open_records:
            yield (
                f"{several(open_records, 'record')} left out: a field of a filter is missing or of another kind, and "
                "AWS does not say whether CloudWatch counts such a log event"
            )
        without = _of(self.found, "WITHOUT_KEY") + _of(self.found, "WITHOUT_VALUE")
        if without:
            yield (
                f"{several(without, 'record')} left out for want of a key or of the number to be added; "
                "AWS does not say what CloudWatch does with such a log event"
            )


def _of(found: "Contributors", reason: str) -> int:
    return next(number for why, number in found.left.items() if why.name == reason)


def written(amount: int | Fraction) -> int | float:
    """An exact amount as JSON has it: a whole number, or the nearest double."""
    return int(amount) if amount == int(amount) else float(amount)


def count_contributors(
    rule: Definition, asked: Asked, opened: Opened, *, workers: int = 1, watch: Watch = unwatched
) -> Counted:
    """Count by the rule what the records of the sources add, each event once."""
    from scanner.events.contributors import Contributors, contributors
    from scanner.events.reading.fields.period import period_of

    found = Contributors()
    period = period_of(asked.since, asked.until)
    with watch() as progress:
        for done, shard in enumerate(contributors(rule, opened.sources, workers=workers, period=period), start=1):
            found.add(shard)
            progress("log sources", done, len(opened.sources))
    return Counted(rule, found)
