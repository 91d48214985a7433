"""The one door to AWS: a session that only reads, the calls it may make, and why one gave nothing."""
