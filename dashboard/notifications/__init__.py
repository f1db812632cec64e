"""Notifications: the inbox, settings, webhooks, and deliveries."""
