"""Where mails and webhooks really arrive: an SMTP and an HTTP server on 127.0.0.1, as fixtures.

Make them known in a conftest: ``from tests.receivers.fixtures import *``, or by name.
"""
