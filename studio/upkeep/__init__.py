"""What an admin runs to keep an installation well: backup and restore, and what ``manage.py check`` has to say."""
