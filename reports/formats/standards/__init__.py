"""The assessment in the formats of outside standards, for the programs that take them in."""
