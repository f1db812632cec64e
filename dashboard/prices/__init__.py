"""The page that compares actual charges with published prices."""
