import json
from typing import Any

import msgspec
import pytest

from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.judging.compiling import KEY, MAX_GUARDS, USUAL_BOUNDS, Bounds
from scanner.events.matching.judging.rule_set import RuleSet
from scanner.pattern import matches, parse
from scanner.pattern.language.nodes import Expr, JsonPattern

HOSTILE = [
    '{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com"}',
    '{"event\\u004eame":"Stop\\u004cogging","eventSource":"cloudtrail.amazonaws.com"}',
    '{"eventName":"StopLogging","eventName":"Other"}',
    '{"eventName":"Other","eventName":"StopLogging"}',
    '{"eventname":"StopLogging"}',
    '{"eventName":["StopLogging"]}',
    '{"eventName":null}',
    '{"eventName":5}',
    '{"eventName":5.0,"errorCode":"AccessDenied"}',
    '{"errorCode":{"a":1}}',
    '{"errorCode":"AccessDenied","userIdentity":"none"}',
    '{"errorCode":"AccessDenied","userIdentity":null}',
    '{"errorCode":"AccessDenied","userIdentity":[{"type":"Root"}]}',
    '{"userIdentity":{"type":"Root"},"userIdentity":{"arn":"x"}}',
    '{"userIdentity":{"type":"Root","type":null}}',
    '{"userIdentity":{"type":"Root"},"x":1e999}',
    '{"userIdentity":{"type":"Root"},"requestParameters":{"n":1e999}}',
    '{"requestParameters":{"n":10,"s":"a"}}',
    '{"requestParameters":{"n":1e1,"s":"a"}}',
    '{"requestParameters":{"n":10.0}}',
    '{"requestParameters":{"n":"10"}}',
    '{"requestParameters":{"n":100000000000000000000000000000}}',
    '{"requestParameters":"n"}',
    '{"requestParameters":{"list":[{"k":"v"},{"k":null}]}}',
    '{"requestParameters":{"list":{"k":"v"}}}',
    '{"a\\"b":1}',
    '{"userAgent":[null]}',
    '{"userAgent":[0,null]}',
    '{"eventName":"\\ud800"}',
    "[]",
    '"text"',
    "{",
    '{"eventName":"StopLogging","x":NaN}',
    '{"eventName":"StopLogging","x":"\t"}',
    '{"eventName":"StopLogging"} ',
    "{}",
    '{"x":' + "[" * 3000 + "]" * 3000 + ',"eventName":"StopLogging"}',
]
PATTERNS = [
    "{ $.eventName = StopLogging }",
    "{ $.eventName = Stop* && $.eventSource = cloudtrail* }",
    "{ $.eventName = StopLogging && $.errorCode NOT EXISTS }",
    "{ $.eventName = 5 }",
    "{ $.eventName = 5.0 }",
    "{ $.eventName NOT EXISTS }",
    "{ $.eventName IS NULL }",
    "{ $.errorCode = *Denied* }",
    "{ $.userIdentity.type = Root }",
    "{ $.userIdentity.type IS NULL }",
    "{ $.userIdentity IS NULL }",
    "{ $.userIdentity NOT EXISTS && $.eventName NOT EXISTS }",
    '{ $.userIdentity[0].type = "Root" }',
    "{ $.requestParameters.n = 10 }",
    '{ $.requestParameters.n = "10" }',
    '{ $.requestParameters.n = "10.0" }',
    "{ $.requestParameters.n > 9 }",
    "{ $.requestParameters.n = 1* }",
    "{ $.requestParameters.n != 10 }",
    "{ $.requestParameters.list[*].k = v }",
    "{ $.requestParameters.list.* = v }",
    "{ $.requestParameters.list[1].k IS NULL }",
    "{ $.requestParameters.* = a }",
    "{ $.* = AccessDenied }",
    "{ $.requestParameters NOT EXISTS || $.requestParameters = n }",
    "{ $.['a\"b'] = 1 }",
    "{ $.eventName != Other }",
    "{ $.userAgent IS NULL }",
    "{ $.userAgent IS NULL || $.vpcEndpointId = x }",
    '{ $.requestParameters.n = "10" || $.vpcEndpointId = x }',
    '{ $.requestParameters.n != "10" || $.vpcEndpointId = x }',
    "{ $.eventName = StopLogging || $.errorCode = AccessDenied }",
]


def expr(text: str) -> Expr:
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    return pattern.expr


def rule_set(*texts: str, bounds: Bounds = USUAL_BOUNDS) -> RuleSet:
    return RuleSet([Condition(expr(text), None) for text in texts], bounds=bounds)


def raw(*texts: str) -> list[msgspec.Raw]:
    return [msgspec.Raw(text.encode("utf-8", "surrogatepass")) for text in texts]


def test_all_patterns_on_all_records() -> None:
    found = set(rule_set(*PATTERNS).match(raw(*HOSTILE)))
    patterns = [parse(text) for text in PATTERNS]
    expected = {
        (at, number)
        for at, record in enumerate(HOSTILE)
        for number, pattern in enumerate(patterns)
        if matches(pattern, record)
    }
    assert found == expected
    assert len({number for _, number in expected}) == len(PATTERNS), "each pattern meets a record"


@pytest.mark.parametrize("record", HOSTILE, ids=range(len(HOSTILE)))
def test_each_record_alone(record: str) -> None:
    found = {number for _, number in rule_set(*PATTERNS).match(raw(record))}
    assert found == {number for number, text in enumerate(PATTERNS) if matches(parse(text), record)}


@pytest.mark.parametrize("text", PATTERNS)
def test_each_pattern_alone(text: str) -> None:
    found = {at for at, _ in rule_set(text).match(raw(*HOSTILE))}
    assert found == {at for at, record in enumerate(HOSTILE) if matches(parse(text), record)}


def test_exceptions() -> None:
    rules = RuleSet(
        [
            Condition(expr("{ $.eventName = A }"), expr("{ $.userIdentity.type = Root }")),
            Condition(expr("{ $.eventName = A }"), expr("{ $.requestParameters.x = 1 || $.eventName = B }")),
            Condition(expr("{ $.errorCode = * }"), expr("{ $.eventName = A }")),
            Condition(expr("{ $.eventName = A }"), expr("{ $.eventName = A }")),
        ]
    )
    records = raw(
        '{"eventName":"A"}',
        '{"eventName":"A","userIdentity":{"type":"Root"},"errorCode":"E"}',
        '{"eventName":"A","requestParameters":{"x":1}}',
        '{"eventName":"B","errorCode":"E"}',
        '{"eventName":"A","errorCode":4}',
    )
    assert rules.match(records) == ((0, 0), (0, 1), (1, 1), (2, 0), (3, 2), (4, 0), (4, 1))


def test_what_accounting_needs() -> None:
    found = rule_set("{ $.eventName = A }").scan(
        raw('{"eventID":"1","recipientAccountId":"111122223333"}', '{"eventID":7}', "nonsense", '{"eventID":null}')
    )
    assert found.ids[0] == "1"
    assert found.accounts[0] == "111122223333"
    assert not any(isinstance(value, str) for value in (*found.ids[1:], *found.accounts[1:]))
    assert list(found.unreadable) == [2]


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    records = [msgspec.Raw(b'{"eventName":"A\xff","errorCode":"E"}'), msgspec.Raw(b'{"eventName":"A","x":"\xff"}')]
    rules = rule_set("{ $.errorCode = E }", "{ $.eventName = A }", '{ $.eventName = "A\ufffd" }')
    assert rules.match(records) == ((0, 0), (0, 2), (1, 1))


def test_a_misfit_does_not_change_what_its_neighbours_give() -> None:
    good: dict[str, Any] = {"eventName": "A", "eventID": "1", "requestParameters": {"x": "y"}}
    texts = [json.dumps(good), '{"eventName":{}}', json.dumps(good)]
    rules = rule_set("{ $.eventName = A && $.requestParameters.x = y }")
    assert rules.match(raw(*texts)) == ((0, 0), (2, 0))


def test_many_values_of_a_field() -> None:
    """More values than are remembered, of a field that is looked up alone and of those that are looked up together."""
    rules = rule_set(
        "{ $.userAgent = *7 }",
        "{ $.eventName = A && $.errorCode = *7 }",
        "{ $.eventName = A* }",
        "{ $.errorCode = E1* && $.userAgent = *1 }",
        "{ $.eventName = B && $.requestParameters.x = 1 }",
        bounds=Bounds(keys=10, values=20),
    )
    records = [
        json.dumps(
            {
                "eventName": "ABC"[number % 3],
                "userAgent": f"agent {number}",
                "errorCode": f"E{number}",
                "requestParameters": {"x": number % 2},
            }
        )
        for number in range(90)
    ]
    expected = set()
    for number in range(90):
        name, units = "ABC"[number % 3], number % 10
        expected |= {(number, 0)} if units == 7 else set()
        expected |= {(number, 1)} if name == "A" and units == 7 else set()
        expected |= {(number, 2)} if name == "A" else set()
        expected |= {(number, 3)} if str(number)[0] == "1" and units == 1 else set()
        expected |= {(number, 4)} if name == "B" and number % 2 else set()
    assert set(rules.match(raw(*records))) == expected
    assert set(rules.match(raw(*records))) == expected
    one_by_one = {(at, number) for at, record in enumerate(records) for _, number in rules.match(raw(record))}
    assert one_by_one == expected


def test_records_of_one_name_that_differ_in_what_rules_ask_for() -> None:
    texts = [
        "{ $.eventName = A && $.eventSource = s }",
        "{ $.eventName = A && $.errorCode NOT EXISTS }",
        "{ $.eventName = A && $.userIdentity.type = Root }",
        "{ $.eventName = B && $.eventSource = s }",
    ]
    records = [
        json.dumps({"eventName": name, "eventSource": source, **error, "userIdentity": {"type": kind}})
        for name in "AB"
        for source in "st"
        for error in ({}, {"errorCode": "E"}, {"errorCode": None})
        for kind in ("Root", "IAMUser", None)
    ]
    expected = {
        (at, number)
        for at, text in enumerate(records)
        for number, rule in enumerate(texts)
        if matches(parse(rule), text)
    }
    assert set(rule_set(*texts).match(raw(*records))) == expected
    assert set(rule_set(*texts).match(raw(*reversed(records)))) == {(len(records) - 1 - at, n) for at, n in expected}


def test_many_rules_on_one_field() -> None:
    """Enough to look the field's text up in a table, where it holds no text too."""
    texts = [f"{{ $.eventName = A && $.requestParameters.x = {number} }}" for number in range(30)]
    texts += [
        f'{{ $.eventName = A && ($.requestParameters.x = "t{number}" || $.requestParameters.x = u) }}'
        for number in range(9)
    ]
    texts += [
        f"{{ $.eventName = A && $.errorMessage = m{number} && $.requestParameters.x = 7 }}" for number in range(5)
    ]
    rules, patterns = rule_set(*texts), [parse(text) for text in texts]
    values = ("7", '"7"', "7.0", "70e-1", "07", '"t3"', '"u"', "null", '["7"]', '{"y":7}')
    records = [f'{{"eventName":"A","errorMessage":"m1","requestParameters":{{"x":{value}}}}}' for value in values]
    found = set(rules.match(raw(*records)))
    assert found == {
        (at, number)
        for at, text in enumerate(records)
        for number, pattern in enumerate(patterns)
        if matches(pattern, text)
    }
    assert len(found) > 15


def test_more_guards_than_are_looked_up() -> None:
    texts = [f"{{ $.field{number} = x }}" for number in range((MAX_GUARDS + len(KEY)) * 2)]
    records = [json.dumps({f"field{number}": "x"}) for number in range((MAX_GUARDS + len(KEY)) * 2)]
    assert rule_set(*texts).match(raw(*records)) == tuple((at, at) for at in range((MAX_GUARDS + len(KEY)) * 2))


def test_order_of_hits() -> None:
    rules = rule_set("{ $.errorCode = E }", "{ $.eventName = A }", "{ $.a = b || $.c = d }")
    records = raw(*['{"eventName":"A","errorCode":"E","a":"b"}'] * 3)
    assert rules.match(records) == tuple((at, number) for at in range(3) for number in range(3))


def test_no_rules_and_no_records() -> None:
    assert RuleSet([]).match(raw("{}")) == ()
    assert rule_set("{ $.eventName = A }").match([]) == ()


SIEVED = [
    '{ $.eventName = PutObject && $.requestParameters.key = "*ransom*" }',
    '{ $.eventName = PutObject && $.requestParameters.key = "7*" }',
    '{ $.eventName = PutObject && $.requestParameters.key = "7" && $.userAgent != "aws*" }',
    '{ $.eventName = PutObject && $.requestParameters.key = "7" && $.userAgent = "*cli*" }',
    '{ $.eventName = PutObject && $.requestParameters.key = "*" }',
]
KEYS = ['"a/ransom.txt"', '"b"', "7", '"7"', "7.5", "null", '["ransom"]', '{"a":"ransom"}', '"ran"', '"som"', '""']


@pytest.mark.parametrize("patterns", [SIEVED[:1], SIEVED[:2], SIEVED[:4], SIEVED])
@pytest.mark.parametrize("keys", [KEYS, KEYS[1:2], KEYS[:4], [KEYS[8], KEYS[9]], KEYS[:1] * 2])
@pytest.mark.parametrize(
    "also", ["", '{"eventName":"PutObject","requestParameters":null}', '{"eventName":"PutObject"}']
)
def test_many_records_of_a_frequent_name(patterns: list[str], keys: list[str], also: str) -> None:
    records = [
        f'{{"eventName":"PutObject","userAgent":"aws-cli/{at}","requestParameters":{{"key":{key}}}}}'
        for at, key in enumerate(keys * 9)
    ]
    records += [also] if also else []
    expected = {
        (at, number)
        for at, record in enumerate(records)
        for number, text in enumerate(patterns)
        if matches(parse(text), record)
    }
    found = rule_set(*patterns).match(raw(*records))
    assert set(found) == expected
    assert list(found) == sorted(found)


def test_fields_beyond_what_the_head_holds_are_still_judged() -> None:
    patterns = [f'{{ $.eventName = A && $.requestParameters.k{number} = "x" }}' for number in range(9)]
    records = [f'{{"eventName":"A","requestParameters":{{"k{number}":"x"}}}}' for number in range(9)]
    rules = rule_set(*patterns, bounds=Bounds(siblings=2))
    assert len([steps for steps in rules.head.fields if steps[0] == "requestParameters"]) == 2
    assert rules.match(raw(*records)) == tuple((number, number) for number in range(9))


def test_rules_without_a_name_are_told_apart_by_error_and_identity() -> None:
    patterns = [
        '{ $.errorCode = "Access*" && $.eventSource = s3 && $.userIdentity.type = IAMUser }',
        '{ $.errorCode = "Throttl*" && $.eventSource = s3 }',
        "{ $.userIdentity.type = Root && $.eventSource = s3 && $.errorCode NOT EXISTS }",
    ]
    records = [
        json.dumps({"eventName": "A", "eventSource": source, "userIdentity": {"type": kind}} | error)
        for source in ("s3", "ec2")
        for kind in ("IAMUser", "Root")
        for error in ({"errorCode": "AccessDenied"}, {"errorCode": "Throttling"}, {})
    ]
    expected = [
        (at, number)
        for at, record in enumerate(records)
        for number, text in enumerate(patterns)
        if matches(parse(text), record)
    ]
    assert list(rule_set(*patterns).match(raw(*records, *records))) == [
        *expected,
        *((at + len(records), number) for at, number in expected),
    ]


def test_what_always_holds_is_found_beside_many_questions() -> None:
    """One rule asks for the name alone; four others also for texts in a field, which nothing can look up."""
    patterns = ["{ $.eventName = A }", *(f"{{ $.eventName = A && $.errorMessage = *{word}* }}" for word in "wxyz")]
    records = [json.dumps({"eventName": "A", "errorMessage": message}) for message in ("none", "x", "wz")]
    assert rule_set(*patterns).match(raw(*records)) == ((0, 0), (1, 0), (1, 2), (2, 0), (2, 1), (2, 4))
