"""The worker's steps that are not about sending: files and their extras, verification, deliveries."""
