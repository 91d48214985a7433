"""Metrics Insights queries: what is read of them, and which metrics they take in."""

import pytest

from scanner.alarms.metric import PublishedMetric
from scanner.alarms.metrics_insights import Labelled, MetricsInsights, QueryNotReadError, is_query, read_query

OWN, OTHER = "111122223333", "444455556666"
SUMMED = "SELECT SUM(Changes) FROM Audit"
PLAIN = PublishedMetric("Audit", "Changes", 1.0)
NAMED = PublishedMetric("Audit", "Changes", 1.0, dimensions={"Name": "$.eventName"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "SELECT SUM(Changes) FROM SCHEMA(Audit)",
            MetricsInsights("Sum", "Changes", "Audit", frozenset(), (), (), 500),
        ),
        (
            'select avg("My.Metric") from "AWS/EC2" group by InstanceId order by max() desc limit 10',
            MetricsInsights("Average", "My.Metric", "AWS/EC2", None, (), ("InstanceId",), 10),
        ),
        (
            """SELECT COUNT("Bytes\\"Input\\"")
            FROM SCHEMA("Log's", A, "B c")
            WHERE A != 'x y' AND "B c" = 'it\\'s';""",
            MetricsInsights(
                "SampleCount",
                'Bytes"Input"',
                "Log's",
                frozenset({"A", "B c"}),
                (Labelled("A", "x y", equal=False), Labelled("B c", "it's", equal=True)),
                (),
                500,
            ),
        ),
        (
            """SELECT MAX(x) FROM n WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()
            GROUP BY AWS.AccountId, tag.env ORDER BY MIN()""",
            MetricsInsights(
                "Maximum",
                "x",
                "n",
                None,
                (Labelled("AWS.AccountId", None, equal=True),),
                ("AWS.AccountId", "tag.env"),
                500,
            ),
        ),
        ("SELECT MIN(x) FROM n LIMIT 1", MetricsInsights("Minimum", "x", "n", None, (), (), 1)),
        ('SELECT SUM("LIMIT") FROM "WHERE"', MetricsInsights("Sum", "LIMIT", "WHERE", None, (), (), 500)),
    ],
)
def test_what_is_read_of_a_query(text: str, expected: MetricsInsights) -> None:
    assert is_query(text)
    assert read_query(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT",
        "SELECT SUM(x)",
        "SELECT x FROM n",
        "SELECT P99(x) FROM n",
        "SELECT SUM(x), AVG(x) FROM n",
        "SELECT SUM(LIMIT) FROM n",
        "SELECT SUM('x') FROM n",
        "SELECT SUM(x) FROM 'n'",
        "SELECT SUM(x) FROM AWS/RDS",
        "SELECT SUM(x) FROM a.b",
        "SELECT SUM(x) FROM SCHEMA()",
        "SELECT SUM(x) FROM SCHEMA(n, )",
        "SELECT SUM(x) FROM n WHERE",
        "SELECT SUM(x) FROM n WHERE A = b",
        'SELECT SUM(x) FROM n WHERE A = "b"',
        "SELECT SUM(x) FROM n WHERE A = 'b' OR A = 'c'",
        "SELECT SUM(x) FROM n WHERE A IN ('b')",
        "SELECT SUM(x) FROM n WHERE NOT A = 'b'",
        "SELECT SUM(x) FROM n WHERE A LIKE 'b'",
        "SELECT SUM(x) FROM n WHERE (A = 'b')",
        "SELECT SUM(x) FROM n WHERE A = CURRENT_ACCOUNT_ID()",
        "SELECT SUM(x) FROM n WHERE A.B = 'c'",
        "SELECT SUM(x) FROM n GROUP BY",
        "SELECT SUM(x) FROM n ORDER BY SUM(x)",
        "SELECT SUM(x) FROM n ORDER BY x",
        "SELECT SUM(x) FROM n LIMIT 0",
        "SELECT SUM(x) FROM n LIMIT 501",
        "SELECT SUM(x) FROM n LIMIT 5 GROUP BY A",
        "SELECT SUM(x) FROM n HAVING SUM(x)",
        "SELECT SUM(x) FROM n -- all of it",
        "SELECT SUM(x FROM n",
        'SELECT SUM("x) FROM n',
    ],
)
def test_what_is_not_documented_is_not_read(text: str) -> None:
    with pytest.raises(QueryNotReadError, match="its query is not understood at "):
        read_query(text)


@pytest.mark.parametrize("text", ["SELECTED + 1", "m1", "SUM(METRICS())", "SEARCH('SELECT', 'Sum')", ""])
def test_metric_math_is_no_query(text: str) -> None:
    assert not is_query(text)


@pytest.mark.parametrize(
    ("text", "plain", "named"),
    [
        ("SELECT SUM(Changes) FROM Audit", True, True),
        ("SELECT SUM(Changes) FROM SCHEMA(Audit)", True, False),
        ("SELECT SUM(Changes) FROM SCHEMA(Audit, Name)", False, True),
        ("SELECT SUM(Changes) FROM SCHEMA(Audit, Name, Other)", False, False),
        ("SELECT SUM(Changes) FROM SCHEMA(Audit, name)", False, False),
        ("SELECT SUM(changes) FROM Audit", False, False),
        ("SELECT SUM(Changes) FROM audit", False, False),
        ("SELECT SUM(Changes) FROM Audit WHERE Name = 'StopLogging'", False, True),
        ("SELECT SUM(Changes) FROM Audit WHERE Name != 'StopLogging'", None, True),
        ("SELECT SUM(Changes) FROM Audit WHERE tag.env = 'prod'", None, None),
        ("SELECT SUM(Changes) FROM Audit WHERE tag.env = 'prod' AND Name = 'x'", False, None),
        ("SELECT SUM(Changes) FROM Audit WHERE AWS.AccountId = '444455556666'", True, True),
    ],
)
def test_which_metrics_a_query_takes_in(text: str, *, plain: bool | None, named: bool | None) -> None:
    query = read_query(text)
    assert (query.sees(PLAIN), query.sees(NAMED)) == (plain, named)


@pytest.mark.parametrize(
    ("where", "own", "other", "only", "one"),
    [
        ("", True, True, False, False),
        ("WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()", True, False, True, True),
        (f"WHERE AWS.AccountId = '{OWN}'", True, False, True, True),
        (f"WHERE AWS.AccountId = '{OTHER}'", False, True, False, True),
        (f"WHERE AWS.AccountId != '{OTHER}'", True, False, False, False),
        ("WHERE AWS.AccountId != CURRENT_ACCOUNT_ID()", False, True, False, False),
        ("GROUP BY AWS.AccountId ORDER BY SUM() DESC", True, True, False, True),
        ("GROUP BY Name", True, True, False, False),
    ],
)
def test_whose_metrics_a_query_takes_in(where: str, *, own: bool, other: bool, only: bool, one: bool) -> None:
    query = read_query(f"{SUMMED} {where}")
    assert (query.covers(OWN, OWN), query.covers(OTHER, OWN)) == (own, other)
    assert (query.only(OWN), query.one_account) == (only, one)
