"""The buckets that trails deliver to: who may read and write them, how long and how safely they keep."""
