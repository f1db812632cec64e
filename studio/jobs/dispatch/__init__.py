"""From the queue to the studio: the order of sending, what holds requests back, and the sending itself."""
