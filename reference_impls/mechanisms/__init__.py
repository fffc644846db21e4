"""Stage two, P: (X, s) -> X'. Pure functions that turn tokens and scores into a `Reduction`."""
