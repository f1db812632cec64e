"""The people of the installation, as admins see them."""
