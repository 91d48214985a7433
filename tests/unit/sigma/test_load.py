"""A folder of Sigma rules: what becomes a rule, what is left out and why, and the files that are written."""

import sys
from pathlib import Path

import pytest

from scanner.content.rules import read_rule
from scanner.errors import UsageError
from scanner.model import LogEventsCheck, Rule, Severity, Threshold
from scanner.sigma import SigmaImport, load_sigma

RULES = Path(__file__).parent / "rules"
BASE = """title: {title}
id: {id}
name: {name}
logsource: {{product: aws, service: cloudtrail}}
detection:
{detection}
level: high
author: A. Writer
"""
SELECTION = "    selection: {eventName: CreateUser}\n    condition: selection"
ID = "5b1d8c1e-0000-4000-8000-00000000000{}"


def sigma(
    detection: str = SELECTION, *, title: str = "A Title", number: int = 1, name: str = "base", more: str = ""
) -> str:
    return BASE.format(title=title, id=ID.format(number), name=name, detection=detection) + more


def load(folder: Path, *texts: str) -> SigmaImport:
    for number, text in enumerate(texts):
        (folder / f"rule{number}.yml").write_text(text, encoding="utf-8")
    return load_sigma(folder)


def check_of(rule: Rule) -> LogEventsCheck:
    assert isinstance(rule.check, LogEventsCheck)
    return rule.check


def test_a_description_without_a_full_stop_gets_one(tmp_path: Path) -> None:
    (rule,) = load(tmp_path, sigma(more="description: Detects use of root\n")).rules
    assert rule.description.startswith("Detects use of root. Imported from the Sigma rule 'A Title'")


def test_what_a_rule_says_of_itself_is_kept(tmp_path: Path) -> None:
    more = (
        "description: |\n  Two\n  lines.\nreferences: [https://example.com/a, http://old.example.com/b, https://example.com/a]\n"
        "tags: [attack.t1136]\nfalsepositives: [Onboarding]\n"
    )
    (rule,) = load(tmp_path, sigma(more=more)).rules
    assert rule.id == "event.sigma-a-title-5b1d8c1e"
    assert rule.path == "event/sigma-a-title-5b1d8c1e.yaml"
    assert rule.title == "A Title (Sigma rule by A. Writer)"
    assert rule.severity is Severity.HIGH
    assert rule.references == ("https://example.com/a",)
    assert rule.description.startswith("Two lines. Imported from the Sigma rule 'A Title', id 5b1d8c1e-")
    assert "http://old.example.com/b" in rule.description
    assert "Detection Rule License" in rule.description
    assert "attack.t1136" in rule.rationale
    assert "Onboarding" in rule.remediation
    assert "# Author: A. Writer." in rule.text
    assert check_of(rule).events == '{ $.eventName = "CreateUser" }\n'


@pytest.mark.parametrize(
    ("level", "severity"),
    [("informational", "info"), ("low", "low"), ("medium", "medium"), ("high", "high"), ("critical", "critical")],
)
def test_levels(tmp_path: Path, level: str, severity: str) -> None:
    (rule,) = load(tmp_path, sigma().replace("level: high", f"level: {level}")).rules
    assert rule.severity == severity


def test_written_files_are_the_rules(tmp_path: Path) -> None:
    """Every rule of the fixtures, written to its file, is read back equal by the reader of rule files."""
    rules = load_sigma(RULES).rules
    assert len(rules) > 20
    for rule in rules:
        path = tmp_path / rule.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(rule.text, encoding="utf-8")
        assert read_rule(path, tmp_path) == rule


def test_hostile_prose_stays_prose(tmp_path: Path) -> None:
    title = "x\\nid: event.other\\u2028 \\u202e \\e[31m # ' \\\" {} 日本 \\U0001F600"
    text = (
        sigma().replace("title: A Title", f'title: "{title}"').replace("author: A. Writer", 'author: "Zoë\\nid: evil"')
    )
    text += (
        'references: ["https://example.com/\\u0007", 7, {a: b}]\ndescription: "--- !!python/object"\nlicense: "X\\n"\n'
    )
    (rule,) = load(tmp_path, text).rules
    path = tmp_path / "out" / rule.path
    path.parent.mkdir(parents=True)
    path.write_text(rule.text, encoding="utf-8")
    assert read_rule(path, tmp_path / "out") == rule
    assert "Zoë id: evil" in rule.title
    assert "Its licence is X." in rule.description
    assert "\u202e" not in rule.text


def test_long_titles_and_authors_fit(tmp_path: Path) -> None:
    text = sigma(title="Word " * 50).replace("A. Writer", "Somebody Else, " * 40)
    (rule,) = load(tmp_path, text).rules
    assert len(rule.title) <= 300
    assert len(rule.id) <= 80
    assert rule.description.count("Somebody Else") == 40
    path = tmp_path / "out" / rule.path
    path.parent.mkdir(parents=True)
    path.write_text(rule.text, encoding="utf-8")
    assert read_rule(path, tmp_path / "out") == rule


def test_a_rule_without_id_has_a_stable_one(tmp_path: Path) -> None:
    text = "\n".join(line for line in sigma().split("\n") if not line.startswith(("id:", "author:", "level:")))
    result = load(tmp_path, text)
    assert result.rules == load_sigma(tmp_path).rules
    assert result.rules[0].id.startswith("event.sigma-a-title-")
    assert result.rules[0].severity is Severity.MEDIUM
    assert {notice.text.split(" ")[1] for notice in result.notices} == {"has", "names"}


def test_the_same_id_and_title_twice_is_refused(tmp_path: Path) -> None:
    result = load(tmp_path, sigma(), sigma())
    assert len(result.rules) == 1
    assert "rule0.yml:1:1" in result.refused[0].reason
    assert result.refused[0].path.startswith(f"{tmp_path}/rule1.yml:")


REFUSED = {
    "keywords": ("    keywords: [mimikatz]\n    condition: keywords", "keywords"),
    "fieldref": ("    s: {eventName|fieldref: eventSource}\n    condition: s", "another field"),
    "object": ("    s: {requestParameters|contains: Suspended}\n    condition: s", "holds members"),
    "unknown field": ("    s: {EventName: CreateUser}\n    condition: s", "Did you mean 'eventName'"),
    "placeholder": ("    s: {userAgent|expand: '%agents%'}\n    condition: s", "placeholder"),
    "time part": ("    s: {eventTime|hour: 3}\n    condition: s", "filter patterns lack"),
    "ipv6": ("    s: {sourceIPAddress|cidr: '2001:db8::/32'}\n    condition: s", "IPv6"),
    "only not": ("    s: {eventName: CreateUser}\n    condition: not s", "almost every record"),
    "pipe": ("    s: {eventName: CreateUser}\n    condition: s | count() > 5", "counts with |"),
    "timeframe": ("    s: {eventName: CreateUser}\n    timeframe: 5m\n    condition: s", "old way of counting"),
    "undefined": ("    s: {eventName: CreateUser}\n    condition: t", "pySigma does not accept"),
    "no selector": ("    s: {eventName: CreateUser}\n    condition: 1 of t*", "pySigma does not accept"),
    "broken": ("    s: {eventName: CreateUser}\n    condition: s and and s", "pySigma does not accept"),
    "look-around": ("    s: {eventName|re: '^(?!Get).*'}\n    condition: s", "'^(?!Get).*' looks around"),
    "back reference": ("    s: {eventName|re: '(a)\\1'}\n    condition: s", "refers back to a group"),
    "not closed": ("    s: {eventName|re: 'a('}\n    condition: s", "is not one: missing )"),
    "atomic": ("    s: {eventName|re: '(?>a)'}\n    condition: s", "never gives back what it took"),
    "modifier": ("    s: {eventName|resembles: CreateUser}\n    condition: s", "pySigma does not accept"),
    "regex": ("    s: {userAgent|re: '(ab)+'}\n    condition: s", "repeats a group"),
    "empty list": ("    s: {eventName: []}\n    condition: s", "no value"),
    "empty": ("    s: {}\n    condition: s", "is empty"),
    "mapping": ("    s: {eventName: {a: b}}\n    condition: s", "no value"),
    "list of lists": ("    s: {eventName: [[a]]}\n    condition: s", "a list or a mapping"),
    "nested lists": ("    s: [[{eventName: a}]]\n    condition: s", "list inside a list"),
    "no condition": ("    s: {eventName: CreateUser}", "condition is missing"),
    "condition of numbers": ("    s: {eventName: CreateUser}\n    condition: [1]", "condition is missing"),
    "deep": ("    s: {eventName: CreateUser}\n    condition: " + "(" * 50 + "s" + ")" * 50, "too deeply"),
    "stars": ("    s: {eventName: CreateUser}\n    condition: 1 of s*a*b*c*d", "wildcards"),
    "impossible": (
        "    s: {eventName: CreateUser}\n    t: {eventName: DeleteUser}\n    condition: s and t",
        "no record",
    ),
    "null in a list": ("    s: {resources.ARN: null}\n    condition: s", "null is asked for in a list"),
    "list in a list": (
        "    s: {requestParameters.containerDefinitions.command|contains: curl}\n    condition: s",
        "list inside a list",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_why(tmp_path: Path, name: str) -> None:
    detection, why = REFUSED[name]
    result = load(tmp_path, sigma(detection))
    assert (result.rules, result.documents, result.imported) == ((), 1, 0)
    (refusal,) = result.refused
    assert why in refusal.reason
    assert refusal.title == "A Title"


def test_a_refusal_names_the_line_of_the_field(tmp_path: Path) -> None:
    detection = "    s:\n        eventName: CreateUser\n        wrongField|contains: x\n    condition: s"
    (refusal,) = load(tmp_path, sigma(detection)).refused
    assert refusal.path == f"{tmp_path}/rule0.yml:8:9"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("level: high", "status: deprecated"), "status is deprecated"),
        (("level: high", "status: unsupported"), "status is unsupported"),
        (("level: high", "taxonomy: ocsf"), "taxonomy is 'ocsf'"),
        (("level: high", "timeframe: 5m"), "old way of counting"),
        (("level: high", "action: global"), "action"),
        (("service: cloudtrail}", "service: cloudtrail, category: api}"), "category"),
        (("title: A Title\n", ""), "no title"),
        ((SELECTION, "    - a"), "no detection"),
        (("service: cloudtrail}", "definition: cloudtrail}"), "no service"),
        (("logsource: {product: aws, service: cloudtrail}", "note: cloudtrail"), "no logsource"),
    ],
)
def test_other_refusals(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    (refusal,) = load(tmp_path, sigma().replace(*change)).refused
    assert why in refusal.reason


def test_the_strict_reader_comes_first(tmp_path: Path) -> None:
    result = load(
        tmp_path,
        sigma("    s: {additionalEventData.MFAUsed: No}\n    condition: s"),
        sigma("    s: {eventName: a, eventName: b}\n    condition: s"),
        sigma("    s: {eventName: !!python/name:os.system x}\n    condition: s"),
    )
    reasons = [refusal.reason for refusal in result.refused]
    assert result.rules == ()
    assert "No may be read as a boolean or as text" in reasons[0]
    assert "second time" in reasons[1]
    assert "tag" in reasons[2]
    assert result.refused[0].path == f"{tmp_path}/rule0.yml:6:38"


def test_rules_for_other_logs_are_passed_over(tmp_path: Path) -> None:
    windows = sigma().replace("product: aws, service: cloudtrail", "product: windows, category: process_creation")
    other = sigma().replace("service: cloudtrail", "service: route53")
    result = load(tmp_path, windows, other + "description: not cloudtrail\n", "just: cloudtrail\n", sigma(number=2))
    assert (len(result.rules), result.passed_over, result.refused) == (1, 3, ())


def test_hidden_files_and_other_endings_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.yml").write_text(sigma(), encoding="utf-8")
    (tmp_path / "a.txt").write_text(sigma(), encoding="utf-8")
    with pytest.raises(UsageError, match="holds no Sigma rule"):
        load_sigma(tmp_path)
    with pytest.raises(UsageError, match="not a folder"):
        load_sigma(tmp_path / "a.txt")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.YAML").write_text(sigma(), encoding="utf-8")
    assert len(load_sigma(tmp_path).rules) == 1


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"cloudtrail: \xff\n")
    (refusal,) = load_sigma(tmp_path).refused
    assert refusal.reason == "the file is not UTF-8 text"


def test_unknown_event_names_are_noted(tmp_path: Path) -> None:
    (notice,) = load(tmp_path, sigma("    s: {eventName: PassRole}\n    condition: s")).notices
    assert "PassRole" in notice.text


def test_a_rule_that_can_never_fail_is_noted(tmp_path: Path) -> None:
    detection = "    s: {eventName: CreateUser}\n    f: {eventName|startswith: Create}\n    condition: s and not f"
    (notice,) = load(tmp_path, sigma(detection)).notices
    assert "leave nothing" in notice.text


def test_a_wildcard_between_characters_is_read_in_one_way_only(tmp_path: Path) -> None:
    """CloudWatch Logs may read such a star as itself, an expression says what it means."""
    detection = (
        "    s: {requestParameters.bucketName|cased: 'a*B', requestParameters.key|cased: '*.bak'}\n    condition: s"
    )
    (rule,) = load(tmp_path, sigma(detection)).rules
    assert r"$.requestParameters.bucketName = %^a[\s\S]*B$%" in check_of(rule).events
    assert '$.requestParameters.key = "*.bak"' in check_of(rule).events


def test_a_long_rule_is_divided(tmp_path: Path) -> None:
    names = [f"CreateThingNumber{number}" for number in range(800)]
    result = load(tmp_path, sigma(f"    s: {{eventName: [{', '.join(names)}]}}\n    condition: s"))
    assert [rule.id for rule in result.rules] == ["event.sigma-a-title-5b1d8c1e-1", "event.sigma-a-title-5b1d8c1e-2"]
    texts = [check_of(rule).events for rule in result.rules]
    assert all(len(text) <= 20_000 for text in texts)
    together = "".join(texts)
    assert all(f'"{name}"' in together for name in names)
    assert "part 1 of 2" in result.rules[0].title
    assert "part 1 of 2" in result.rules[0].description


def test_a_long_list_of_texts_in_any_case_is_divided(tmp_path: Path) -> None:
    agents = [f"strange | agent {number}" for number in range(400)]
    result = load(tmp_path, sigma(f"    s: {{userAgent|contains: {agents}}}\n    condition: s"))
    assert len(result.rules) > 1
    assert not result.refused


COUNTING = """title: {title}
id: {id}
correlation:
    type: event_count
    rules: [base]
    group-by: [recipientAccountId, sourceIPAddress]
    timespan: 5m
    condition: {{gte: 10}}
level: high
author: A. Writer
"""


def counting(*changes: str) -> str:
    """A correlation, with each ``old=>new`` of ``changes``."""
    text = COUNTING.format(title="Many", id=ID.format(9))
    for change in changes:
        old, _, new = change.partition("=>")
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_count_becomes_a_threshold(tmp_path: Path) -> None:
    result = load(tmp_path, sigma(), counting())
    (rule,) = result.rules
    assert check_of(rule).threshold == Threshold(count=10, within=300, by=("recipientAccountId", "sourceIPAddress"))
    assert rule.title.startswith("Many")
    assert (result.documents, result.imported) == (1, 1)
    path = tmp_path / "out" / rule.path
    path.parent.mkdir(parents=True)
    path.write_text(rule.text, encoding="utf-8")
    assert read_rule(path, tmp_path / "out") == rule


def test_a_count_of_values_becomes_a_threshold(tmp_path: Path) -> None:
    text = counting("event_count=>value_count", "{gte: 10}=>{gt: 6, field: eventName}", "timespan: 5m=>timespan: 1h")
    (rule,) = load(tmp_path, sigma(), text).rules
    threshold = check_of(rule).threshold
    assert threshold is not None
    assert (threshold.count, threshold.within, threshold.distinct, threshold.distinct_count) == (
        7,
        3600,
        "eventName",
        7,
    )
    path = tmp_path / "out" / rule.path
    path.parent.mkdir(parents=True)
    path.write_text(rule.text, encoding="utf-8")
    assert read_rule(path, tmp_path / "out") == rule


def test_a_file_may_hold_several_documents(tmp_path: Path) -> None:
    result = load(tmp_path, f"# shared\n---\n{sigma()}--- # the count\n{counting()}")
    assert [rule.title for rule in result.rules] == ["Many (Sigma rule by A. Writer)"]


def test_generate_keeps_the_counted_rule(tmp_path: Path) -> None:
    result = load(tmp_path, sigma(), counting("timespan: 5m=>timespan: 5m\n    generate: true"))
    assert len(result.rules) == 2


def test_two_rules_are_counted_together(tmp_path: Path) -> None:
    second = sigma("    s: {eventName: DeleteUser}\n    condition: s", name="second", number=2)
    (rule,) = load(tmp_path, sigma(), second, counting("[base]=>[base, second]")).rules
    assert check_of(rule).events == '{ $.eventName = "CreateUser" || $.eventName = "DeleteUser" }\n'


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("event_count=>temporal", "'temporal'"),
        ("event_count=>value_count", "one field whose values"),
        ("{gte: 10}=>{lte: 10}", "gt or gte"),
        ("{gte: 10}=>{gte: 10, lte: 20}", "gt or gte"),
        ("{gte: 10}=>{gte: 2.5}", "gt or gte"),
        ("{gte: 10}=>{gte: 0}", "asks for 0"),
        ("timespan: 5m=>timespan: 1M", "timespan"),
        ("timespan: 5m=>timespan: 9w", "31 days"),
        ("timespan: 5m=>timespan: 5m\n    aliases: {}", "'aliases'"),
        ("sourceIPAddress]=>nothing]", "no field"),
        ("sourceIPAddress]=>resources.ARN]", "counted by"),
        ("[base]=>[base, elsewhere]", "no rule for CloudTrail"),
        ("[base]=>[base, base]", "twice"),
    ],
)
def test_other_correlations_are_refused_with_what_they_count(tmp_path: Path, change: str, why: str) -> None:
    """The counted rule is not imported either: on its own it would report every record."""
    result = load(tmp_path, sigma(), counting(change))
    assert result.rules == ()
    (refusal,) = result.refused
    assert why in refusal.reason
    assert refusal.title == "Many"


def test_a_count_of_what_takes_two_rules_is_refused(tmp_path: Path) -> None:
    detection = (
        "    s: {eventName: CreateUser}\n    f: {userAgent: x}\n    t: {eventName: DeleteUser}\n"
        "    condition: t or (s and not f)"
    )
    (refusal,) = load(tmp_path, sigma(detection), counting()).refused
    assert "one pattern with exceptions" in refusal.reason


def test_ambiguous_names_are_refused(tmp_path: Path) -> None:
    result = load(tmp_path, sigma(), sigma(number=2), counting())
    assert result.rules == ()
    assert "more than one rule" in result.refused[0].reason


def test_correlations_of_other_logs_are_passed_over(tmp_path: Path) -> None:
    result = load(tmp_path, counting(), sigma(name="other"))
    assert (len(result.rules), result.passed_over) == (1, 1)


def test_without_pysigma_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigma.rule", None)
    with pytest.raises(UsageError, match=r"trailwitness\[sigma\]"):
        load(tmp_path, sigma())


def test_a_rule_about_network_activity_judges_it(tmp_path: Path) -> None:
    selection = "    selection: {eventCategory: NetworkActivity, errorCode: VpceAccessDenied}\n    condition: selection"
    (rule,) = load(tmp_path, sigma(selection)).rules
    assert check_of(rule).also == ("NetworkActivity",)
    (tmp_path / "event").mkdir()
    path = tmp_path / rule.path
    path.write_text(rule.text, encoding="utf-8")
    assert read_rule(path, tmp_path).check == rule.check


def test_what_can_never_match_is_noted(tmp_path: Path) -> None:
    apart = "    s: {eventSource: iam.amazonaws.com, eventName: StopLogging}\n    condition: s"
    (notice,) = load(tmp_path, sigma(apart)).notices
    assert notice.text == "StopLogging is not recorded with eventSource iam.amazonaws.com, so that part never matches"
    closed = "    s: {eventName: StopLogging, userIdentity.type: Rooot}\n    condition: s"
    (notice,) = load(tmp_path, sigma(closed)).notices
    assert notice.text.startswith("AWS documents no userIdentity.type that is 'Rooot'; there are AWSAccount, ")
    together = (
        "    s: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging, userIdentity.type: root}\n"
        "    condition: s"
    )
    assert load(tmp_path, sigma(together)).notices == ()
    nested = load(tmp_path, sigma("    s: {eventName: StopLogging, userIdentity.typ: Root}\n    condition: s"))
    assert "userIdentity has no member 'typ'" in nested.refused[0].reason
