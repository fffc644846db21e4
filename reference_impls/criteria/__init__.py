"""Stage one, E: X -> s. Pure functions that give each token a score; none of them removes a token.

Scores are float32, higher means more worth keeping, unless a docstring says otherwise.
"""
