"""The page of the studio's own history."""
