"""Target 1: a poll with nothing changed costs at most half of a Django view that does nothing."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory, override_settings

from dashboard.jobs.live import live_list
from studio.jobs.queries import JobFilter
from studio.worker.models import Heartbeat
from studio.worker.supervision.preparation import prepare
from tests.bench.figures import Figure, cpu_ratio
from tests.factories import a_job, a_member

POLLS = 200  # in a row: one alone is too short to be measured


def measure() -> Iterator[Figure]:
    from studio.wsgi import application

    prepare()
    Heartbeat.beat("worker:1")
    person = a_member()
    a_job("stored", owner=person)
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"Cookie": f"{name}={client.cookies[name].value}", "Host": "localhost"}
    address = live_list(person, "jobs", JobFilter()).poll_url
    request = RequestFactory().get(address, headers=cookie).environ
    asking = {**request, "HTTP_DAILIES_CURSOR": _asked(application, request)[1]["Dailies-Cursor"]}
    with override_settings(MIDDLEWARE=[]):
        bare = WSGIHandler()
    nothing_asked = {**request, "PATH_INFO": "/healthz"}

    def quiet() -> None:
        for _ in range(POLLS):
            assert _asked(application, asking)[0] == "204 No Content"

    def nothing() -> None:
        for _ in range(POLLS):
            assert _asked(bare, nothing_asked)[0] == "200 OK"

    ratio, _ = cpu_ratio(quiet, nothing)
    what = "poll with nothing changed, against an empty view without middleware"
    yield Figure("1", what, ratio, 0.5)


def _asked(application: Callable[..., Any], environ: dict[str, Any]) -> tuple[str, dict[str, str]]:
    said: list[Any] = []
    answer = application(dict(environ), lambda *begun: said.extend(begun))
    if hasattr(answer, "close"):
        answer.close()
    return said[0], dict(said[1])
