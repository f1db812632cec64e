"""Cookies of an installation whose address begins with https."""

import json
import os
import subprocess
import sys

import pytest

from tests import tables
from tests.installation import ROOT

SIGN_IN = """
import json, re, sys
import django
django.setup()
from django.test import Client
from studio.team.models import Member
Member.objects.create_superuser("admin@example.com", "quiet screening room")
client, headers = Client(enforce_csrf_checks=True), json.loads(sys.argv[1])
page = client.get("/accounts/login/", headers=headers).content.decode()
token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
form = {"login": "admin@example.com", "password": "quiet screening room", "csrfmiddlewaretoken": token}
answer = client.post("/accounts/login/", form, headers=headers)
cookies = {name: [c["secure"], c["httponly"], c["samesite"]] for name, c in client.cookies.items()}
print(json.dumps([answer.status_code, cookies]))
"""
HOST = "dailies.example.com"


@pytest.mark.parametrize(("url", "is_secure"), [("https://dailies.example.com", True), ("", False)])
def test_every_cookie_of_a_sign_in_is_kept_to_https_where_that_is_the_address(
    tmp_path, url: str, is_secure: bool
) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.gateway.settings"}
    environment["DATA_DIR"] = str(tables.install_in(tmp_path))
    environment |= {"PUBLIC_URL": url, "ALLOWED_HOSTS": "dailies.example.com", "DATABASE_URL": ""}
    headers = {"Host": HOST, "Origin": f"https://{HOST}" if is_secure else f"http://{HOST}"}
    command = [sys.executable, "-W", "ignore", "-c", SIGN_IN, json.dumps(headers)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    status, cookies = json.loads(done.stdout.splitlines()[-1])
    assert status == 302
    assert len(cookies) == 3, "session, CSRF, and the mark of a browser"
    assert {bool(secure) for secure, _, _ in cookies.values()} == {is_secure}
    assert {site for _, _, site in cookies.values()} == {"Lax"}
    assert all(http for name, (_, http, _) in cookies.items() if "csrf" not in name)
