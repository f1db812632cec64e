"""Storage of result files: copying, checking, posters and previews, and stable URLs."""
