"""Commands about evidence bundles that were sealed before."""
