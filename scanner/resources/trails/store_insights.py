"""What CloudTrail Insights computes of the events in an event data store, and where it puts what it finds.

Sources: CloudTrail API reference, ``PutInsightSelectors`` ("the source event data store logs management events and
enables Insights; the destination event data store logs Insights events") and ``GetInsightSelectors``, which answers
``InsightNotEnabledException`` for a store without Insights.
"""

from collections.abc import Mapping

from scanner.audit_path.keys import EVENT_DATA_STORES
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field
from scanner.facts.uses import Use
from scanner.resources.trails.destinations import DESTINATION_CALLS, takes_in
from scanner.snapshot.answers import Answer, Snapshot

STORE_INSIGHTS = Use("cloudtrail.GetInsightSelectors", per=EVENT_DATA_STORES)
"""The Insights selectors of an event data store."""


def put_insights(facts: Facts, snapshot: Snapshot, account: str, region: str, arn: str) -> None:
    """Put in which Insights are on for a store and where they go."""
    told = snapshot.ask(account, region, STORE_INSIGHTS.operation, {"EventDataStore": arn})
    told = told if told.absent else checked(told, "InsightSelectors", list)
    facts.take("InsightTypes", sorted(_types(told)), told, pointer="/pages/0/InsightSelectors")
    destination = told.first.get("InsightsDestination") or None
    facts.take("InsightsDestination", destination, told, pointer="/pages/0/InsightsDestination")
    if told.gap is not None or not isinstance(destination, str):
        facts.take("InsightsArrive", False, told)
        return
    arrive, asked = takes_in(snapshot, account, region, destination, "Insight")
    facts.take("InsightsArrive", arrive, told, *asked)


def _types(told: Answer) -> set[str]:
    named = (selector.get("InsightType") for _, selector in mappings(told, "InsightSelectors"))
    return {name for name in named if isinstance(name, str)}


INSIGHT_FIELDS: Mapping[str, Field] = {
    "InsightTypes": Field(
        "Which Insights are computed of its events (ApiCallRateInsight, ApiErrorRateInsight).", calls=(STORE_INSIGHTS,)
    ),
    "InsightsDestination": Field(
        "ARN of the event data store that the Insights events go to; null without one.", calls=(STORE_INSIGHTS,)
    ),
    "InsightsArrive": Field(
        "Whether that store exists, is enabled and takes in Insights events.",
        calls=(STORE_INSIGHTS, *DESTINATION_CALLS),
    ),
}
