"""What ``manage.py clip`` is made of: asking through the services that pages and the API ask through, telling of it
in lines, following a clip to its end, and saving it.
"""
