"""Tables of words, written as running text."""


def table_of(words: str) -> tuple[str, ...]:
    """The words of ``words``, which stand one space apart."""
    return tuple(words.split())
