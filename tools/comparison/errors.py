"""What ends a comparison with one line."""


class ComparisonError(Exception):
    """Something is missing or did not do what it must; the text says what, in one line."""
