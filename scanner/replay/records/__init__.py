"""Records on their way: when they arrive, what takes them, and what they publish."""
