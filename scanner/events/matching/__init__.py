"""Records and rules to hits."""
