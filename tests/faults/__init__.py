"""The faults that this product must survive, each injected for real: see ``index`` for the list and its tests."""
