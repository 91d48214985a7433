"""Whether one set of filters covers another: a proof, or a witness."""
