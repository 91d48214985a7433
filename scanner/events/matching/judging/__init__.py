"""Many conditions asked of many records at once."""
