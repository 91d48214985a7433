"""The measures that period rules name: one module each, and this mapping of them all."""

from collections.abc import Mapping

from scanner.period.measured import Measure
from scanner.period.measures import (
    alarm_response,
    alarm_tested,
    config_held,
    daily_review,
    delivery_gaps,
    digest_chain,
    failure_response,
    hot_availability,
    logging_gaps,
    retention,
    store_retained,
)

MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        digest_chain.MEASURE,
        delivery_gaps.MEASURE,
        logging_gaps.MEASURE,
        retention.MEASURE,
        hot_availability.MEASURE,
        config_held.MEASURE,
        alarm_tested.MEASURE,
        alarm_response.MEASURE,
        daily_review.MEASURE,
        failure_response.MEASURE,
        store_retained.MEASURE,
    )
}
"""The measures by the name that a rule file writes under ``measure``."""
