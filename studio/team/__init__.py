"""Who works here: members, roles, invitations, sign-in links."""
