"""A model's parameters, and the form in which an admin adds or corrects one."""
