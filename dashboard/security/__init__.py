"""What protects one's own account: password, second factor, passkeys, sessions; and who has to have what."""
