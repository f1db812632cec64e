"""Who may see a clip and open its files."""
