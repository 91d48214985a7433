"""Why a record raised nothing, as words that stay the same in every report."""

from enum import StrEnum


class Reason(StrEnum):
    """Where a record's way ends. They come in the order of the way: one that got further says more."""

    NOT_RECORDED = "not-recorded"
    NO_LOG_GROUP = "no-log-group"
    UNDELIVERED = "not-delivered"
    TOO_LARGE = "too-large"
    NO_FILTER = "no-filter"
    RULE = "rule-does-not-match"
    RULE_OFF = "rule-off"
    RULE_READS = "rule-hears-no-reads"
    FILTER = "filter-does-not-match"
    FILTER_OFF = "filter-off"
    FILTER_LATER = "filter-created-later"
    ELSEWHERE = "alarm-elsewhere"
    NO_ALARM = "no-alarm"
    UNIT = "unit"
    DIMENSION = "dimension"
    UNTOLD = "not-known"
    THRESHOLD = "threshold"
    DATAPOINTS = "m-of-n"
    MISSING_DATA = "missing-data"
    WARM_UP = "warm-up"
    IN_ALARM = "already-in-alarm"
    NO_ACTION = "no-action"
    ACTIONS_OFF = "actions-off"
    MUTED = "muted"
    COMPOSITE = "composite-alarm"
    SUPPRESSED = "suppressed"
    UNHEARD = "nobody-is-told"
    EVALUATION_RANGE = "evaluation-range"

    @property
    def rank(self) -> int:
        """Its place on the way."""
        return list(Reason).index(self)
