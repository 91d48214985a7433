"""Digest files, log files and the sign files of query results, from stored bytes to values; nothing is proved here."""
