"""Projects, such as a client or a campaign. Each clip and its cost belong to one project."""
