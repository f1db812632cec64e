"""Screenshots of every page in every state, light and dark, at three widths: ``make shots``."""
