"""Objects among the log files of a place that lie in none of the folders which CloudTrail writes.

Days are validated by their folders, ``YYYY/MM/DD``. A crawler, or a reader that takes every object of a Region, also
finds what lies beside these: in ``2026/3/1``, or right below the Region. No digest file names it.
"""

import re
from collections.abc import Iterator

from scanner.errors import SourceError
from scanner.integrity.judging.results import Period
from scanner.integrity.names import LOGS, Place, url_of
from scanner.integrity.problems import About, Kind, Problem, Weight, of_log
from scanner.integrity.stores.store import Store

_WHY = "it lies where CloudTrail delivers no log files, so that no digest file names it"
_YEAR, _TWO_DIGITS = re.compile(r"\d{4}"), re.compile(r"\d\d")


def astray(store: Store, place: Place, period: Period) -> Iterator[Problem]:
    """What lies beside the folders of years, and in those of the period beside the folders of months and days."""
    region = f"{place.root}{place.account}/{LOGS}/{place.region}/"
    days = period.days()
    years, months = (dict.fromkeys(map(written.format, days)) for written in ("{:%Y}", "{:%Y/%m}"))
    wanted = [(region, _YEAR), *((f"{region}{each}/", _TWO_DIGITS) for each in (*years, *months))]
    for folder, names in wanted:
        try:
            keys, folders = store.below(folder)
        except SourceError as error:
            yield Problem(Kind.UNREAD, Weight.UNKNOWN, About.PLACE, place, str(error))
            continue
        strange = [each for each in folders if not names.fullmatch(each.removeprefix(folder).rstrip("/"))]
        # An empty object with the name of a folder is what the S3 console calls one.
        strange += [key for key in keys if not key.endswith("/")]
        for each in strange:
            yield of_log(Kind.STRAY, place, None, url_of(store.bucket, each), _WHY)
