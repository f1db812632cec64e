"""Makes clips and knows no HTML. The rooms, floor by floor, are drawn in ARCHITECTURE.md."""
