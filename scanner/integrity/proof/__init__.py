"""Public keys and signatures: what a digest file rests on."""
