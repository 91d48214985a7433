"""Where log bytes come from: files, buckets, and answers of AWS."""
