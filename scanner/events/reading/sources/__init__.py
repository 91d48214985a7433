"""What a source of records is, how much of one is read, and the account that is given of it."""
