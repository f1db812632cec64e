"""The page with the studio's own history."""
