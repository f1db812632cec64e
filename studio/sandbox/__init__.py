"""The built-in studio: an Engine with its own account, models and renderer, for trying Dailies without an API key.

Answers, prices and refusals follow the contract. Its clips are real videos, marked as made by the sandbox.
"""
