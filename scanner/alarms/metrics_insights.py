"""Metrics Insights queries of alarms: which metrics they take together, by which function, and into how many series.

Sources: CloudWatch User Guide, "Query components and syntax in CloudWatch Metrics Insights", "Create a CloudWatch alarm
based on a Metrics Insights query" and "Alarms on CloudWatch Metrics Insights queries" (an alarm of a monitoring account
sees the metrics of its source accounts, unless the query names accounts).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.alarms.metric import PublishedMetric

ACCOUNT = "AWS.AccountId"
"""The label for the account that a metric is in."""

MOST_SERIES = 500
"""How many time series a query returns at most."""

RECENT = 3 * 3600
"""How many seconds of data an alarm on a query looks at, counted back from now."""

_FUNCTIONS: Mapping[str, str] = {
    "AVG": "Average",
    "COUNT": "SampleCount",
    "MAX": "Maximum",
    "MIN": "Minimum",
    "SUM": "Sum",
}
"""The functions of queries, with the statistics that they are of all observations together."""

_CLAUSES = frozenset({"SELECT", "FROM", "WHERE", "AND", "GROUP", "BY", "ORDER", "LIMIT", "ASC", "DESC", "SCHEMA"})
_OF_TAGS = "tag."
_TOKEN = re.compile(
    r"""\s*(?:"(?P<name>(?:[^"\\]|\\.)*)"|'(?P<value>(?:[^'\\]|\\.)*)'|(?P<bare>\w+(?:\.\w+)*)|(?P<sign>!=|[=(),;]))""",
    re.ASCII,
)
_BEGINNING = re.compile(r"\s*SELECT\b", re.IGNORECASE)


class QueryNotReadError(ValueError):
    """A query that is not understood; the message is a clause about it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """``label = 'value'``, or ``!=`` when not ``equal``. ``value`` is None for the account of the alarm itself."""

    label: str
    value: str | None
    equal: bool


@dataclass(frozen=True, slots=True)
class MetricsInsights:
    """A query, read.

    ``statistic`` is taken of all observations together. ``labels`` are the dimensions that a metric has to have, no
    more and no less (None: any). ``groups`` are the labels by whose values the result is split into time series, of
    which at most ``limit`` are returned.
    """

    statistic: str
    name: str
    namespace: str
    labels: frozenset[str] | None
    conditions: tuple[Labelled, ...]
    groups: tuple[str, ...]
    limit: int

    def sees(self, metric: PublishedMetric) -> bool | None:
        """Whether it takes this metric in, whatever the values of its dimensions; None when that is not documented.

        Nothing is said of the account that the metric is in.
        """
        if (self.name, self.namespace) != (metric.name, metric.namespace):
            return False
        has = (metric.dimensions or {}).keys()
        if self.labels is not None and self.labels != has:
            return False
        lacking = [each for each in self.conditions if each.label not in has and each.label != ACCOUNT]
        if any(each.equal and not _of_tags(each.label) for each in lacking):
            return False
        return None if lacking or any(_of_tags(each.label) for each in self.conditions) else True

    def covers(self, account: str, own: str) -> bool:
        """Whether it takes in metrics of an account; ``own`` is the one whose alarm it is."""
        named = (each for each in self.conditions if each.label == ACCOUNT)
        return all(((each.value or own) == account) is each.equal for each in named)

    def only(self, own: str) -> bool:
        """Whether it takes in metrics of the alarm's own account, ``own``, at most."""
        return any(each.label == ACCOUNT and each.equal and (each.value or own) == own for each in self.conditions)

    @property
    def named_account(self) -> str:
        """The account of which it takes in metrics only, as far as it names one; "" otherwise."""
        return next((each.value for each in self.conditions if each.label == ACCOUNT and each.equal and each.value), "")

    @property
    def one_account(self) -> bool:
        """Whether what it returns is never of several accounts together."""
        named = (each.equal for each in self.conditions if each.label == ACCOUNT)
        return ACCOUNT in self.groups or any(named)

    @property
    def split_by(self) -> tuple[str, ...]:
        """The labels other than the account by whose values the result is split."""
        return tuple(label for label in self.groups if label != ACCOUNT)


def is_query(expression: str) -> bool:
    """Whether an expression of an alarm is a query and no metric math."""
    return _BEGINNING.match(expression) is not None


def read_query(text: str) -> MetricsInsights:
    """A query from its text; ``QueryNotReadError`` for what the documentation does not show."""
    return _Parser(text).whole()


def _of_tags(label: str) -> bool:
    return label.lower().startswith(_OF_TAGS)


@dataclass(frozen=True, slots=True)
class _Token:
    """A quoted name, a quoted value, a bare word or a sign."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """A bare word or sign in capitals, "" for what is quoted."""
        return self.text.upper() if self.kind in {"bare", "sign"} else ""


_END = _Token("sign", "")


class _Parser:
    """One clause after the other, in the order that the documentation gives."""

    def __init__(self, text: str) -> None:
        self._tokens: list[_Token] = []
        self._next = 0
        position, text = 0, text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise QueryNotReadError(f"its query is not understood at {text[position : position + 20].strip()!r}")
            word = found[found.lastgroup]
            quoted = found.lastgroup in {"name", "value"}
            self._tokens.append(_Token(found.lastgroup, re.sub(r"\\(.)", r"\1", word) if quoted else word))
            position = found.end()

    def whole(self) -> MetricsInsights:
        self._keywords("SELECT")
        statistic = self._function()
        name = self._name()
        self._keywords(")", "FROM")
        namespace, labels = self._source()
        conditions = self._conditions() if self._taken("WHERE") else ()
        groups = self._groups() if self._taken("GROUP") else ()
        if self._taken("ORDER"):
            self._order()
        limit = self._limit() if self._taken("LIMIT") else MOST_SERIES
        self._taken(";")
        if self._peek() is not _END:
            raise self._unexpected()
        return MetricsInsights(statistic, name, namespace, labels, conditions, groups, limit)

    def _peek(self) -> _Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else _END

    def _take(self) -> _Token:
        token = self._peek()
        self._next += 1
        return token

    def _taken(self, word: str) -> bool:
        if self._peek().word != word:
            return False
        self._next += 1
        return True

    def _keywords(self, *words: str) -> None:
        for word in words:
            if not self._taken(word):
                raise self._unexpected()

    def _unexpected(self) -> QueryNotReadError:
        text = self._peek().text
        return QueryNotReadError(f"its query is not understood at {repr(text) if text else 'its end'}")

    def _function(self) -> str:
        statistic = _FUNCTIONS.get(self._peek().word)
        if statistic is None:
            raise self._unexpected()
        self._take()
        self._keywords("(")
        return statistic

    def _name(self) -> str:
        token = self._peek()
        quoted, bare = token.kind == "name", token.kind == "bare" and token.word not in _CLAUSES
        if not quoted and not (bare and ("." not in token.text or token.text == ACCOUNT or _of_tags(token.text))):
            raise self._unexpected()
        return self._take().text

    def _source(self) -> tuple[str, frozenset[str] | None]:
        if not self._taken("SCHEMA"):
            return self._name(), None
        self._keywords("(")
        namespace = self._name()
        labels: list[str] = []
        while self._taken(","):
            labels.append(self._name())
        self._keywords(")")
        return namespace, frozenset(labels)

    def _conditions(self) -> tuple[Labelled, ...]:
        conditions = [self._condition()]
        while self._taken("AND"):
            conditions.append(self._condition())
        return tuple(conditions)

    def _condition(self) -> Labelled:
        label = self._name()
        equal = not self._taken("!=")
        if equal:
            self._keywords("=")
        if label == ACCOUNT and self._taken("CURRENT_ACCOUNT_ID"):
            self._keywords("(", ")")
            return Labelled(label, None, equal)
        if self._peek().kind != "value":
            raise self._unexpected()
        return Labelled(label, self._take().text, equal)

    def _groups(self) -> tuple[str, ...]:
        self._keywords("BY")
        groups = [self._name()]
        while self._taken(","):
            groups.append(self._name())
        return tuple(groups)

    def _order(self) -> None:
        self._keywords("BY")
        self._function()
        self._keywords(")")
        if not self._taken("ASC"):
            self._taken("DESC")

    def _limit(self) -> int:
        text = self._peek().text
        if self._peek().kind != "bare" or not text.isdigit() or not 1 <= int(text) <= MOST_SERIES:
            raise self._unexpected()
        return int(self._take().text)
