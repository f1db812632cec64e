"""Sign-in, sign-out, one-time links, invitations, and the profile."""
