"""What is done with assessments that are there already: compared, made a baseline of, and sampled from."""
