"""Values of recorded answers replaced by pseudonyms before anything is sealed: what, by which key, and how often."""
