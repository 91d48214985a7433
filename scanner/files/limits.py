"""How much of one file is read."""

SOURCE_LIMIT = 256 * 1024 * 1024
"""Bytes of one source of log records that are read as stored. One byte more is read, so that the splitter can tell a
longer source."""
