"""Maintenance of an installation: backup, restore, and the checks of ``manage.py check --deploy``."""
