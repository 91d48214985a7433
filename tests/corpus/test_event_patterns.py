"""Event patterns and events with the answers that AWS's own TestEventPattern gave."""

import json
from pathlib import Path
from typing import Any

from scanner.errors import PatternError
from scanner.pattern import matches_event, parse_event_pattern


def _answer(case: dict[str, Any]) -> str:
    text = case.get("pattern_text") or json.dumps(case["event_pattern"])
    try:
        return "match" if matches_event(parse_event_pattern(text), case["event"]) else "no-match"
    except PatternError:
        return "rejected"


def test_every_answer_of_the_live_service(corpus: Path) -> None:
    lines = (corpus / "event-patterns" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    assert len(cases) >= 79
    assert [case["name"] for case in cases if _answer(case) != case["expected"]] == []
