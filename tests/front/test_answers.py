"""How answers leave: at the client's speed, without a thread."""

import threading

import pytest

from tests.front.conftest import Server
from tests.front.limits import LARGE, MOST_WAITING, THREADS
from tests.front.sockets import ask, connect, get, held, read, request
from tests.must import must
from tests.worker.processes import wait_for


def test_a_file_comes_as_it_is(server: Server) -> None:
    answer = get(server.port, "/file")
    assert (answer.status, answer.headers["content-type"]) == (200, "video/mp4")
    assert answer.body == bytes(range(256)) * (LARGE // 256)


def test_a_file_is_sent_from_where_it_was_opened_at(server: Server) -> None:
    answer = get(server.port, "/part")
    assert (answer.status, answer.body) == (206, bytes([250, 251, 252, 253, 254, 255, 0, 1, 2, 3]))


@pytest.mark.parametrize("path", ["/", "/file"])
def test_a_head_has_the_length_and_no_body(server: Server, path: str) -> None:
    with connect(server.port, request("HEAD", path) + request("GET", "/quick")) as client:
        answer = read(client, head=True)
        assert answer.status == 200
        assert int(answer.headers["content-length"]) > 0
        assert client.recv(1, 0) in (b"H", b""), "the next answer follows at once"


def test_an_answer_without_a_body_stays_one(server: Server) -> None:
    answer = get(server.port, "/nothing")
    assert (answer.status, answer.headers["etag"], answer.body) == (304, '"a"', b"")


def test_an_answer_made_bit_by_bit_comes_whole_and_is_closed(server: Server) -> None:
    answer = get(server.port, "/lines")
    assert answer.headers["content-length"] == str(LARGE)
    assert answer.body == b"x" * LARGE
    assert (server.folder / "closed").exists()


@pytest.mark.parametrize("path", ["/file", "/lines"])
def test_clients_that_stop_reading_hold_no_thread(server: Server, path: str) -> None:
    waiting = []
    for _ in range(5 * THREADS):
        client = connect(server.port, request("GET", path), receives=4096)
        assert client.recv(1) == b"H"
        waiting.append(client)
    assert get(server.port, "/page").status == 200
    for client in waiting:
        client.close()


def test_a_fault_is_a_page_and_a_line_in_the_log_and_the_next_request_works(server: Server) -> None:
    answer = get(server.port, "/fault")
    assert (answer.status, b"went wrong" in answer.body) == (500, True)
    assert "a fault of the application" in (server.folder / "log").read_text()
    assert get(server.port, "/page").status == 200


def test_a_full_disk_is_no_fault_of_the_request(server: Server) -> None:
    answer = get(server.port, "/full")
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert b"disk of the server is full" in answer.body


# ── Busy ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_liveness_and_quick_answers_need_no_thread(server: Server) -> None:
    with held(server.port, THREADS, request("GET", "/sleep?3")) as sleepers:
        wait_for((server.folder / "asleep").exists, "a sleeper")
        assert get(server.port, "/health/live").body == b"ok"
        assert get(server.port, "/quick").status == 204
        for sleeper in sleepers:
            assert read(sleeper).status == 200


@pytest.mark.slow
def test_more_requests_than_can_wait_are_asked_to_come_again(server: Server) -> None:
    with held(server.port, THREADS + MOST_WAITING, request("GET", "/sleep?2")) as sleepers:
        refused = wait_for(
            lambda: a if (a := get(server.port, "/sleep?0")).status == 503 else None, "the refusal"
        )
        assert must(refused).headers["retry-after"] == "2"
        for sleeper in sleepers:
            assert read(sleeper).status in (200, 503)
    assert get(server.port, "/page").status == 200


@pytest.mark.slow
def test_liveness_fails_when_no_request_is_finished_and_others_wait(server: Server) -> None:
    with held(server.port, THREADS + 1, request("GET", "/sleep?4")) as sleepers:
        assert wait_for(lambda: get(server.port, "/health/live").status == 503, "the failure")
        for sleeper in sleepers:
            assert read(sleeper).status == 200
    assert get(server.port, "/health/live").status == 200


def test_a_request_in_progress_is_answered_before_the_server_stops(tmp_path) -> None:
    server = Server(tmp_path)
    with connect(server.port, request("GET", "/sleep?1")) as client:
        wait_for((tmp_path / "asleep").exists, "the sleeper")
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert read(client).status == 200
        stopping.join(30)
    assert server.process.returncode == 0


def test_the_application_is_asked_once_for_each_request(server: Server) -> None:
    assert ask(server.port, request("POST", "/once", b"x")).status == 200
    assert server.called == ["POST /once"]
