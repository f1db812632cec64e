"""Files: what jobs made is copied here, checked, given a poster, and served from addresses that stay."""
