"""What the pages of several nouns share: words for amounts and times, icons, confirmation, spreadsheets."""
