"""Values that a test knows are there."""


def must[Value](value: Value | None) -> Value:
    """Return the value. Fails the test if there is none."""
    assert value is not None
    return value
