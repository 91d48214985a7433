"""Roles that services of AWS assume: whom they trust, what they let do, and whether a service can use one."""
