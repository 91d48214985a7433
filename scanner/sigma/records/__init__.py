"""What is known of CloudTrail records: their members, and how AWS spells their values."""
