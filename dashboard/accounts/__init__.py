"""Coming in and going out: sign-in, one-time links, invitations, one's own profile."""
