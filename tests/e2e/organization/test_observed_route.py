"""The alarm in the account of the security team, which sees the metric over a link: broken at the link, over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from scanner.demo.organization import ACROSS
from tests.e2e.organization.breaking import Company, broken
from tests.e2e.organization.conftest import Scan
from tests.e2e.organization.observing import LOGS, METRICS, Link, link_sharing, watch_over_a_link

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

OTHER_NAMESPACE = {"MetricConfiguration": {"Filter": "Namespace IN ('AWS/EC2')"}}


@pytest.fixture(scope="module")
def link(company: Company) -> Iterator[Link]:
    made, mend = watch_over_a_link(company)
    yield made
    mend()


def test_an_alarm_over_a_link_is_a_route_of_every_account(link: Link, company: Company, scan: Scan) -> None:
    found = scan(ACROSS)
    assert link.sink
    for account in company.everybody:
        assert found[ACROSS, account]["outcome"] == "pass", found[ACROSS, account]["reason"]


@pytest.mark.parametrize(
    ("resources", "configuration", "words"),
    [
        (METRICS, OTHER_NAMESPACE, "leaves out the namespace CloudTrailMetrics"),
        (LOGS, {}, "to account 112579763355 in us-east-1 shares no metrics"),
    ],
    ids=["a filter on another namespace", "log groups only"],
)
def test_what_the_link_shares_decides(
    resources: list[str], configuration: Mapping[str, Any], words: str, link: Link, company: Company, scan: Scan
) -> None:
    with broken(company, link_sharing(link, resources, **configuration)):
        found = scan(ACROSS)
    for account in company.everybody:
        judged = found[ACROSS, account]
        assert judged["outcome"] == "fail", judged["reason"]
        assert words in judged["reason"], judged["reason"]
