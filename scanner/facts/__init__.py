"""Facts about single resources, with the gaps that hide some of them."""
