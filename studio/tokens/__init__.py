"""Personal access tokens for members' scripts. A token can do no more than its scopes and its member.

Only a hash is stored, so nobody can sign in with what is in the database.
"""
