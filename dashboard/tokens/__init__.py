"""What scripts come in with: one's own tokens, making one, what it may spend, and taking it back."""
