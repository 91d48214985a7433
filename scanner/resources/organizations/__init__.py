"""An organization as an account that may list it is told: its accounts, what records them, and what binds them."""
