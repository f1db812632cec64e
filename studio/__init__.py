"""Everything except HTML: jobs, credits, studios, the worker and the API. ARCHITECTURE.md has a map of the packages."""
