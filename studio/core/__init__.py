"""Shared by all packages: the base class of errors with a sentence, and the compare-and-set of rows."""
