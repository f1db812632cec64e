"""Needs attention: requests whose outcome only a person can judge, with the evidence and the choices."""
