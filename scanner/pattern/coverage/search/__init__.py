"""The search for an event that one filter matches and the others do not."""
