"""Members, roles, invitations and sign-in links."""
