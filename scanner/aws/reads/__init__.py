"""The read operations of AWS: what one is, and parts of the table of them."""
