"""Detection services of AWS: whether they are on in every Region, what they look at, and what they found."""
