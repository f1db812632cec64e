"""What the application of tests.front.echo takes and gives."""

THREADS = 2
MOST_WAITING = 4
LARGE = 24 * 2**20  # bytes of an answer
SIGNED_IN = 512 * 1024  # bytes of a body with a session
