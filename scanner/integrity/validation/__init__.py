"""The validation of a period, day by day: several days under way at once, each kept when it is done."""
