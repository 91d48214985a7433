"""AWS Config, which records how the resources of an account are set up, and the contacts among its own settings."""
