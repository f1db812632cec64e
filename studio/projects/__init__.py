"""What clips are made for: a client, a campaign. Each clip belongs to one project, and so does what it costs."""
