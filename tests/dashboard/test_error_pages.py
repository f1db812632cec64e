"""Pages in trouble still look like ours, and say what to do."""

from django.test import Client, RequestFactory
from django.views.defaults import server_error


def test_the_page_for_our_own_faults_needs_no_database() -> None:
    answer = server_error(RequestFactory().get("/"))  # tests without a database fixture may not touch one
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()


def test_an_unknown_address_leads_back_to_the_start(as_member: Client) -> None:
    answer = as_member.get("/nowhere/")
    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()


def test_a_form_without_its_token_is_told_to_reload(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.com"})
    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()
