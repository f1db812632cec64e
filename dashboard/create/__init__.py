"""The create page: the form that a model asks for, its price, and what a press on Generate does."""
