"""Imported rules against a small evaluator of Sigma written apart from the import: they match the same records."""

import base64
import ipaddress
import json
import random
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.model import LogEventsCheck, Rule
from scanner.pattern import matches, parse_events
from scanner.sigma import SigmaImport, load_sigma

FOLDER = Path(__file__).parent / "rules"
RULES = sorted(FOLDER.glob("*.yml"))
MISSING = object()
IN_LISTS = {"items", "resources"}
LISTS_OF_VALUES = {"valuesToAdd"}
FIXED_CASE = {
    *("eventSource", "eventName", "eventType", "userIdentity.type", "responseElements.ConsoleLogin", "readOnly"),
    *("additionalEventData.MFAUsed", "requestParameters.publiclyAccessible", "responseElements.publiclyAccessible"),
}
FOR_REGEX = {
    "role_session_regex": [
        "arn:aws:sts::1:assumed-role/a/botocore-session-1234567890",
        "arn:aws:sts::1:assumed-role/a/aws-sdk-go",
        "arn:aws:sts::1:assumed-role/a/aws-sdk-go/x",
        "arn:aws:sts::1:assumed-role/a/b/aws-sdk-go",
    ],
    "agent_regex_any_case": ["Pacu v1", "PACU V2.0", "cloud-goat v0", "cloudgoat V9", "xpacu v1", "pacu v"],
}
ADDRESSES = [
    "203.0.113.9",
    "203.0.112.9",
    "10.1.2.3",
    "100.1.2.3",
    "172.15.0.1",
    "172.16.0.1",
    "172.31.9.9",
    "172.32.0.1",
]


def text_of(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def found_values(record: Any, path: list[str], before: str = "") -> Iterator[Any]:
    if isinstance(record, list) and before in IN_LISTS and path:
        for element in record:
            yield from found_values(element, path)
    elif not path:
        yield record
    elif isinstance(record, dict) and path[0] in record:
        yield from found_values(record[path[0]], path[1:], path[0])


def comparable(values: list[Any], name: str) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            if name in LISTS_OF_VALUES and value and isinstance(value[0], str | int | float):
                yield from (
                    item for item in value if isinstance(item, str | int | float) and not isinstance(item, bool)
                )
        else:
            yield value


@cache
def wildcard(text: str, *, cased: bool) -> Callable[[str], bool]:
    parts, at = "", 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in {"*", "?", "\\"}:
            parts, at = parts + re.escape(text[at + 1]), at + 2
            continue
        parts += {"*": ".*", "?": "."}.get(text[at], re.escape(text[at]))
        at += 1
    whole = re.compile(parts, re.DOTALL | re.ASCII | (0 if cased else re.IGNORECASE))
    return lambda value: whole.fullmatch(value) is not None


def encodings(text: str) -> list[str]:
    found = []
    for shift, (start, end) in enumerate(((0, (None, -3, -2)), (2, (-3, -2, None)), (3, (-2, None, -3)))):
        whole = base64.b64encode(b" " * shift + text.encode()).decode()
        found.append(whole[start : end[len(text) % 3]])
    return found


def value_test(key: list[str], value: Any) -> Callable[[Any], bool]:
    """The test of one value; missing fields and null are decided by the caller."""
    if "gte" in key:
        return lambda found: isinstance(found, int | float) and not isinstance(found, bool) and found >= value
    if "cidr" in key:
        return partial(lies_in, ipaddress.ip_network(value))
    if "re" in key:
        flags = re.IGNORECASE if "i" in key else 0
        return lambda found: (text := text_of(found)) is not None and re.search(value, text, flags) is not None
    if isinstance(value, int) and not isinstance(value, bool):
        return lambda found: not isinstance(found, bool) and (found == value or found == str(value))
    tests = [wildcard(text, cased="cased" in key) for text in texts_asked_for(key, value)]
    return lambda found: (text := text_of(found)) is not None and any(test(text) for test in tests)


def lies_in(network: ipaddress.IPv4Network | ipaddress.IPv6Network, found: Any) -> bool:
    try:
        return ipaddress.ip_address(str(found)) in network
    except ValueError:
        return False


def texts_asked_for(key: list[str], value: Any) -> list[str]:
    """The texts, with wildcards, that a value and its modifiers mean."""
    texts = [str(value).lower()] if isinstance(value, bool) else [value]
    if "base64offset" in key:
        texts = encodings(value)
    before = "*" if {"contains", "endswith"} & set(key) else ""
    after = "*" if {"contains", "startswith"} & set(key) else ""
    return [f"{before}{text}{after}" for text in texts]


def holds_item(key: str, value: Any, record: Any) -> bool:
    field, *modifiers = key.split("|")
    path = field.split(".")
    found = list(found_values(record, path))
    values = value if isinstance(value, list) else [value]
    if "exists" in modifiers:
        return bool(found) is value
    results = []
    for one in values:
        if one is None:
            results.append(not found or all(item is None for item in found))
        else:
            test = value_test(modifiers, one)
            results.append(any(test(item) for item in comparable(found, path[-1]) if item is not None))
    result = all(results) if "all" in modifiers else any(results)
    return not result if "neq" in modifiers else result


def holds_detection(definition: Any, record: Any) -> bool:
    if isinstance(definition, list):
        return any(holds_detection(item, record) for item in definition)
    return all(holds_item(key, value, record) for key, value in definition.items())


def holds_condition(condition: str, detections: dict[str, bool]) -> bool:
    words = re.findall(r"[()]|[\w*]+", condition)
    python = []
    at = 0
    while at < len(words):
        word = words[at]
        if word in {"1", "all"} and words[at + 1 : at + 2] == ["of"]:
            pattern = ".*" if words[at + 2] == "them" else words[at + 2].replace("*", ".*")
            chosen = [value for name, value in detections.items() if re.fullmatch(pattern, name)]
            python.append(str(any(chosen) if word == "1" else all(chosen)))
            at += 3
            continue
        python.append(word if word in {"and", "or", "not", "(", ")"} else str(detections[word]))
        at += 1
    return bool(eval(" ".join(python)))  # noqa: S307 - words of this test's own fixtures


def sigma_holds(detection: dict[str, Any], record: Any) -> bool:
    named = {name: holds_detection(value, record) for name, value in detection.items() if name != "condition"}
    conditions = detection["condition"]
    return any(holds_condition(one, named) for one in (conditions if isinstance(conditions, list) else [conditions]))


def rule_holds(rules: list[Rule], record: Any) -> bool:
    message = json.dumps(record)
    for rule in rules:
        assert isinstance(rule.check, LogEventsCheck)
        excluded = rule.check.excluded
        if matches(parse_events(rule.check.events, {}), message) and not (
            excluded and matches(parse_events(excluded, {}), message)
        ):
            return True
    return False


def items_of(definition: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(definition, list):
        for item in definition:
            yield from items_of(item)
    else:
        yield from definition.items()


def satisfying(key: str, value: Any, chance: random.Random, stem: str) -> Any:
    """A value of the kind the item asks for, most often one that passes it."""
    modifiers = key.split("|")[1:]
    one = chance.choice(value) if isinstance(value, list) else value
    if "exists" in modifiers:
        return "present"
    if "cidr" in modifiers:
        return chance.choice(ADDRESSES)
    if "re" in modifiers:
        return chance.choice(FOR_REGEX[stem])
    if "all" in modifiers:
        return "".join(part.replace("\\", "") for part in value)
    if not isinstance(one, str):
        return chance.choice([one, str(one), str(one).lower()])
    if "base64offset" in modifiers:
        return base64.b64encode(b"x" * chance.randrange(3) + one.encode() + b"y").decode()
    text = re.sub(r"\\(.)|\*|\?", lambda match: match.group(1) or {"*": "zz", "?": "q"}[match.group()], one)
    before = "x " if {"contains", "endswith"} & set(modifiers) else ""
    after = " y" if {"contains", "startswith"} & set(modifiers) else ""
    return f"{before}{text}{after}"


def odd(chance: random.Random, field: str) -> Any:
    common = ["", "other", None, True, False, 5, 1000, 1.5, MISSING, MISSING, {"a": "b"}, {}]
    if field in {"eventName", "eventSource", "eventType"}:
        common = ["Other", MISSING, None, ""]
    elif "." not in field and field != "readOnly":
        common = [value for value in common if not isinstance(value, bool)]  # documented as texts
    return chance.choice(common)


def put(record: dict[str, Any], field: str, value: Any, chance: random.Random) -> None:
    *way, last = field.split(".")
    for step in way:
        inner = record.setdefault(step, [] if step in IN_LISTS else {})
        if step in IN_LISTS:
            if not inner or chance.random() < 0.3:
                inner.append({})
            inner = inner[chance.randrange(len(inner))]
        record = inner
    if value is not MISSING:
        record[last] = value
    else:
        record.pop(last, None)


def records(stem: str, detection: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(stem)  # noqa: S311 - repeatable records, not secrets
    items = [item for name, value in detection.items() if name != "condition" for item in items_of(value)]
    for _ in range(count):
        record: dict[str, Any] = {"eventVersion": "1.11", "awsRegion": "eu-west-1"}
        sloppiness = chance.choice([0.0, 0.1, 0.3])
        for key, value in items:
            field = key.split("|")[0]
            found = satisfying(key, value, chance, stem)
            if chance.random() < sloppiness or (chance.random() < 0.5 and len(items) > 3 and "." in field):
                found = odd(chance, field)
            elif isinstance(found, str) and field not in FIXED_CASE and chance.random() < 0.5:
                found = chance.choice([found.upper(), found.lower(), found.swapcase(), f"{found}!", f"-{found}"])
            if field.split(".")[-1] in LISTS_OF_VALUES and chance.random() < 0.5:
                found = chance.choice([[found], ["000000000000", found], [7, found], [], [{}, found]])
            put(record, field, found if not isinstance(found, list) or MISSING not in found else [], chance)
        yield record


@cache
def imported() -> SigmaImport:
    return load_sigma(FOLDER)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_the_imported_rule_matches_what_the_sigma_rule_matches(path: Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    mine = [rule for rule in imported().rules if data["id"] in rule.description]
    assert mine
    answers = set()
    for record in records(path.stem, data["detection"], 400):
        expected = sigma_holds(data["detection"], record)
        answers.add(expected)
        assert rule_holds(mine, record) is expected, (record, [rule.check for rule in mine])
    assert answers == {True, False}


def test_every_fixture_is_imported() -> None:
    result = imported()
    assert result.refused == ()
    assert (result.documents, result.imported) == (len(RULES), len(RULES))
    assert len(RULES) >= 20
