"""What this person was told, what they want to be told, and what was sent to them."""
