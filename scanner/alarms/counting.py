"""Numbers with the nouns that they count."""


def counted(number: object, noun: str) -> str:
    """A number with its noun, which is given in the singular: "1 day", "2 days"."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"
