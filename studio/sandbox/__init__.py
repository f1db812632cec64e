"""The embedded studio: an Engine with an account, a catalog and a renderer, so that a newcomer needs no key.

Its answers, prices and refusals are those of the contract; its clips are truly drawn, and say that they are.
"""
