"""What a rule asks of a record, before any record is seen."""
