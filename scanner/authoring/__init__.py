"""Beginnings for authors: a working rule of each kind with its cases, a framework, the schemas, and a folder of all."""
