"""The version of the assessment document; its schema is ``scanner/schemas/assessment.schema.json``."""

SCHEMA = "trailwitness/assessment/v1"
