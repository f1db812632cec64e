"""The audit log's pages, and from where requests come."""
