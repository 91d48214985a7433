"""Fields of a record, and what they say: names, times, ids, and which record replaces which."""
