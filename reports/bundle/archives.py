"""The entries of a bundle that is a zip archive: the same bytes on every machine and on every day."""

import stat
import zipfile

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can hold


def zip_entry(name: str, *, compress: bool) -> zipfile.ZipInfo:
    """The entry of a file, deflated or stored, without a date of its own."""
    info = zipfile.ZipInfo(name, _FIXED_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    info.create_system = 3  # Unix, on every machine
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    return info
