"""Whether the packages that Trailwitness consists of are its own: ``scanner`` and ``reports`` are common names.

Another distribution may have written over them, and a folder on ``sys.path`` may hide them. Both would end in a
traceback from the middle of somebody else's code, or worse, in none. Every start comes through here, so the usual case
is decided without another import.
"""

import os
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec

PACKAGES = ("scanner", "reports")

_MARK = b"Trailwitness"
"""What the first module of each of our packages names, and of nobody else's."""

_HOME = __file__.rsplit(os.sep, 2)[0]


def check_installation() -> None:
    """Raise ForeignPackageError when ``import scanner`` or ``import reports`` would not give Trailwitness's own."""
    for name in PACKAGES:
        if not _is_plainly_ours(name):
            from trailwitness._foreign import refuse_foreign_packages

            refuse_foreign_packages(PACKAGES, _MARK)
            return


def _is_plainly_ours(name: str) -> bool:
    """Whether a package is found as a plain file beside this one; where not, it may still be ours."""
    try:
        spec = find_spec(name)
    except ValueError:  # a module of that name is loaded and does not say where from
        return False
    first = f"{_HOME}{os.sep}{name}{os.sep}__init__.py"
    if spec is None or spec.origin != first or not isinstance(spec.loader, SourceFileLoader):
        return False
    return _MARK in spec.loader.get_data(first)
