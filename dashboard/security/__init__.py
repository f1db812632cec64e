"""Account security: password, second factor, passkeys, sessions, and the second-factor policy."""
