"""What waits for somebody who decides on spending: clips to be approved, and wishes for more budget."""
