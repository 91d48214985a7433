"""Bytes to text and its parts: gzip data unpacked, JSON values found although the text is broken, rows of CSV."""
