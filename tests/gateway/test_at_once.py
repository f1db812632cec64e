"""Many calls at once, over several processes of the web server."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.gateway.conftest import GENERATE
from tests.gateway.home import Home, Newcomer
from tests.gateway.plain_client import Answer, PlainClient
from tests.gateway.test_plain_client import VEO
from tests.worker.processes import wait_for

TWENTY = 20


def all_at_once(plain: PlainClient, prompt: str, **headers: str) -> list[Answer]:
    with ThreadPoolExecutor(TWENTY) as pool:
        body = VEO | {"prompt": prompt}
        return list(pool.map(lambda _: plain.call("POST", GENERATE, body, **headers), range(TWENTY)))


def test_one_idempotency_key_makes_one_job_however_many_ask(
    home: Home, newcomer: Newcomer, plain: PlainClient
) -> None:
    answers = all_at_once(plain, "one key", Idempotency_Key="a-key")
    assert Counter(answer.status for answer in answers) == {200: TWENTY}
    assert len({tuple(answer.json["job_ids"]) for answer in answers}) == 1
    wait_for(lambda: home.ask("books", member=newcomer.member)["charged"], "the charge")
    assert home.ask("books", member=newcomer.member) == {"jobs": 1, "made": 1, "asked": 100, "charged": 100}


def test_nobody_overruns_a_budget_by_asking_at_once(
    home: Home, newcomer: Newcomer, plain: PlainClient
) -> None:
    home.ask("limit_token", token=newcomer.token, credits=500)
    answers = all_at_once(plain, "five clips")
    assert Counter(answer.status for answer in answers) == {200: 5, 402: 15}
    assert all(answer.json["credits_required"] == 100 for answer in answers if answer.status == 402)
    assert all(0 <= answer.json["credits_available"] < 100 for answer in answers if answer.status == 402)
    wait_for(lambda: home.ask("books", member=newcomer.member)["charged"] == 500, "five charges")
    assert home.ask("books", member=newcomer.member) == {"jobs": 5, "made": 5, "asked": 500, "charged": 500}
