"""Objects among the log files of a place that lie in none of the folders which CloudTrail writes.

Days are validated by their folders, ``YYYY/MM/DD``. A crawler, or a reader that takes every object of a Region, also
finds what lies beside these: in ``2026/3/1``, or right below the Region. No digest file names it.
"""

import re
from collections.abc import Iterator, Sequence

from scanner.errors import SourceError
from scanner.integrity.judging.results import Period
from scanner.integrity.names import LOGS, REGION, Place, url_of
from scanner.integrity.problems import About, Kind, Problem, Weight, of_log
from scanner.integrity.stores.store import Store

_WHY = "it lies where CloudTrail delivers no log files, so that no digest file names it"
_YEAR, _TWO_DIGITS = re.compile(r"\d{4}"), re.compile(r"\d\d")


def beside_regions(store: Store, places: Sequence[Place]) -> Iterator[Problem]:
    """What lies beside the folders of Regions among the log files of the accounts of places."""
    accounts = {(place.root, place.account): place for place in reversed(places)}
    for (root, account), place in accounts.items():
        folder = f"{root}{account}/{LOGS}/"
        yield from _beside(store, place, folder, REGION)


def astray(store: Store, place: Place, period: Period) -> Iterator[Problem]:
    """What lies beside the folders of years, and in those of the period beside the folders of months and days."""
    region = f"{place.root}{place.account}/{LOGS}/{place.region}/"
    days = period.days()
    years, months = (dict.fromkeys(map(written.format, days)) for written in ("{:%Y}", "{:%Y/%m}"))
    wanted = [(region, _YEAR), *((f"{region}{each}/", _TWO_DIGITS) for each in (*years, *months))]
    for folder, names in wanted:
        yield from _beside(store, place, folder, names)


def _beside(store: Store, place: Place, folder: str, names: re.Pattern[str]) -> Iterator[Problem]:
    """The objects of a folder, and the folders in it that are not named as CloudTrail names them."""
    try:
        keys, folders = store.below(folder)
    except SourceError as error:
        yield Problem(Kind.UNREAD, Weight.UNKNOWN, About.PLACE, place, str(error))
        return
    strange = [each for each in folders if not names.fullmatch(each.removeprefix(folder).rstrip("/"))]
    # An empty object with the name of a folder is what the S3 console calls one.
    strange += [key for key in keys if not key.endswith("/")]
    for each in strange:
        yield of_log(Kind.STRAY, place, None, url_of(store.bucket, each), _WHY)
