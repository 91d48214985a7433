"""Generators of the tables that are made from the service models of botocore."""
