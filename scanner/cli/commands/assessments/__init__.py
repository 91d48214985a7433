"""Commands on assessments that were made: what is known of them, what changed between two, what an auditor draws."""
