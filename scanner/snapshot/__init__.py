"""Recorded calls and what they answered: in memory, on disk, and against the shapes that AWS documents."""
