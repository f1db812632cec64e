"""Wake-ups: hints, within and between processes, that a loop may have something to do."""
