"""The demo's snapshot as a source would give it that cannot tell everything, such as a plan of changes not made yet."""

import json
import shutil
from pathlib import Path

ALARM = "RootUsage-alarm"
"""The alarm whose actions are marked; in the demo account it is part of a route that is whole."""

REASON = "the demo pretends that it is known only after a plan is applied"


def mark_actions(snapshot: Path, target: Path) -> None:
    """Copy the demo's snapshot and mark the actions of ``ALARM`` as not known; see ``docs/snapshots.md``.

    Raises ValueError when the snapshot lists no such alarm.
    """
    shutil.copytree(snapshot, target)
    calls = target / "calls.jsonl"
    lines = calls.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        call = json.loads(line)
        if call["operation"] == "cloudwatch.DescribeAlarms" and (place := _place(target / call["file"])):
            lines[number] = json.dumps({**call, "unknown": [{"pointer": place, "reason": REASON}]}, sort_keys=True)
            calls.write_text("\n".join([*lines, ""]), encoding="utf-8")
            return
    raise ValueError(f"The snapshot {snapshot} lists no alarm {ALARM}.")


def _place(answer: Path) -> str:
    """The JSON Pointer to the actions of the alarm in a recorded answer; "" when the answer does not list it."""
    alarms = json.loads(answer.read_text(encoding="utf-8"))["pages"][0]["MetricAlarms"]
    names = [alarm["AlarmName"] for alarm in alarms]
    return f"/pages/0/MetricAlarms/{names.index(ALARM)}/AlarmActions" if ALARM in names else ""
