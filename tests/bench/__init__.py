"""The speed targets, each measured beside its yardstick in the same run: ``make bench``."""
