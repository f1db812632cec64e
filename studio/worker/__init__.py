"""Who calls the steps, and when: the loops of the worker process, and the supervisor of web and worker."""
