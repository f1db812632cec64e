"""The page that tells what clips really cost, beside what is published."""
