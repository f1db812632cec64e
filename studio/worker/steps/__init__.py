"""The steps of the worker that are not about sending: files, their previews, verification, and deliveries."""
