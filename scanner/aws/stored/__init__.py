"""Objects of buckets, listed and read, and the calls that prove what lies in them."""
