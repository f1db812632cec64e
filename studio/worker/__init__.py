"""The worker process: its loops and their steps, and the supervisor that runs web server and worker."""
