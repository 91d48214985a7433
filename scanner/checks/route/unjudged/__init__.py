"""Ways from an event to a person that are seen and not judged."""
