"""Signing bundles, and whose signatures are trusted."""
