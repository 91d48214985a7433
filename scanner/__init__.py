"""Trailwitness: judges AWS audit logging and monitoring, and keeps the proof.

Private: the declared API is the package ``trailwitness``. What lies here changes without notice.
"""

__version__ = "0.1.0"
