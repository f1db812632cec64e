"""The studios and accounts that this installation works with, as admins see them."""
