"""What is not replayed is named with why in every form of the result, and so is what is taken for granted."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from reports.plain_json import json_bytes
from scanner.replay.deployment.deployed import Deployment
from scanner.runs.replaying.document import document
from scanner.runs.replaying.junit import junit
from scanner.runs.replaying.outcome import Result, result
from scanner.runs.replaying.page import html
from scanner.runs.replaying.run import Run, Wanted, read_deployed
from scanner.runs.replaying.telling import lines
from scanner.schemas import misfit
from tests.unit.replay.deployments import alarm, deployed, log_file, record, replayed
from tests.unit.replay.folders import write_folder
from tests.unit.replay.test_replaying import LOG_ALARM, QUERIED

KINDS: dict[str, tuple[Deployment, str, str]] = {
    "a log alarm": (deployed(LOG_ALARM, filters=[]), "log alarm queried", "log alarms are not replayed"),
    "a log group without a trail": (
        deployed(trails=[], group={"trailless": True}),
        "log group audit",
        "events enter it without a trail, which is not replayed",
    ),
    "a band": (deployed(alarm(ThresholdMetricId="ad1")), "alarm changes", "it compares with a band, which is not"),
    "a query": (deployed(QUERIED), "alarm changes", "it watches a Metrics Insights query, which is not replayed"),
    "seconds": (deployed(alarm(Period=10)), "alarm changes", "its period is not a number of minutes"),
}
BEGIN = "alarms had seen nothing before the first record"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("unreplayed") / "snapshot")


@pytest.mark.parametrize("kind", KINDS)
def test_each_form_names_it(folder: Path, kind: str) -> None:
    deployment, what, why = KINDS[kind]
    read = replace(read_deployed(folder), deployment=deployment)
    run = Run(replayed(deployment, log_file(record())), read, Wanted())
    assert result(run) is Result.UNKNOWN
    text = "\n".join(lines(run))
    assert f"not replayed: {what}: {why}" in text
    assert f"assumed: {BEGIN}" in text
    told = json.loads(json_bytes(document(run)))
    assert misfit(told, "replay") == ""
    assert [(each["what"], each["why"].startswith(why)) for each in told["not_replayed"]] == [(what, True)]
    assert why in told["routes"][0]["not_told"][0]["why"]
    assert BEGIN in told["assumptions"]
    suite = ET.fromstring(junit(run))
    (error,) = suite.iter("error")
    (said,) = suite.iter("system-out")
    assert why in (error.text or "")
    assert f"not replayed: {what}: {why}" in (said.text or "")
    assert f"assumed: {BEGIN}" in (said.text or "")
    page = html(run).decode()
    assert f"<dt>{what}</dt><dd>{why}" in page
    assert page.count(why) >= 2
    assert BEGIN in page


def test_where_everything_is_replayed_nothing_is_named(folder: Path) -> None:
    run = Run(replayed(deployed(), log_file(record())), read_deployed(folder), Wanted())
    assert document(run)["not_replayed"] == []
    assert "not replayed:" not in "\n".join(lines(run))
    assert "Not replayed" not in html(run).decode()
