"""What every other package may use: the base of all errors with a sentence, and the compare-and-set of rows."""
