"""Which row of the studio's history a request with a lost answer became, and the evidence where that is unclear."""
