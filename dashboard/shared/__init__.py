"""Helpers for all pages: words for amounts and times, icons, confirmation, spreadsheets."""
