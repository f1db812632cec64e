"""Jobs: the live lists, the page of one job, and what can be done with it."""
