"""Random: keep tokens by lot, as every criterion should beat it."""


def keep(tokens: list[int], share: float) -> list[int]:
    """The kept tokens."""
    return tokens[: round(len(tokens) * share)]
