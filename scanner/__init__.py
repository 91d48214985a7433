"""Trailwitness: judges AWS audit logging and monitoring, and keeps the proof."""

__version__ = "0.1.0"
