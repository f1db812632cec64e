"""The requests on a model's page: run as they stand there, and as a person meets them."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from dashboard.models.preset.snippets import JOB, KEY
from studio import film
from studio.catalog import refresh
from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.jobs.models import Job
from studio.team.models import Member
from studio.worker.loops import all_loops
from studio.worker.presence import Presence
from studio.worker.running import run
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload
from tests.factories import a_model, a_token
from tests.must import must

HOSTILE = (  # all that these could do, were they ever run, is to leave an empty file behind
    "@prompt.txt It's \"so\" nice; touch \\ `touch a` $(touch b) ${IFS} $0 !! \\'; -- %s \\n &amp; <b>",
    "'\n</script><script>throw 1</script>\n\n<!-- ‹body› {{ x }} #\té 🎬👩\u200d🚀\u2028\\",
)
HAS_CURL = shutil.which("curl") or os.environ.get("CI")  # which installs it
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PRESET = {"aspect_ratio": "16:9", "duration_seconds": "3", "quality_mode": "std"}


class Snippets:
    """The page of a model with a preset, and its code, with a token in the place of the key."""

    def __init__(self, model: StudioModel, client: Client, url: str, folder: Path, page: Page) -> None:
        self.model, self.client, self.url, self.folder, self.page = model, client, url, folder, page
        self.token = a_token()[1]
        runners = (
            ("curl", self._run_in_shell, HAS_CURL),
            ("javascript", self._run_in_browser, True),
            ("javascript", self._run_in_node, shutil.which("node")),
            ("python", self._run_in_python, True),
        )
        self.runners = [(language, run) for language, run, is_here in runners if is_here]

    def write(self, prompt: str) -> None:
        address = reverse("dashboard:model-snippets", args=[self.model.pk])
        host = self.url.removeprefix("http://")
        said = {**PRESET, "prompt": prompt}
        self.html = self.client.post(address, said, headers={"Host": host}).content.decode()

    def run(self, step: str, job_id: str = "") -> Iterator[tuple[str, str]]:
        """The language and what was printed, for each way of running it."""
        for language, runner in self.runners:
            found = re.search(f'<code id="{step}-{language}">(.*?)</code>', self.html, re.DOTALL)
            code = unescape(must(found)[1]).replace(JOB, job_id)
            assert code.count(KEY) == 1
            yield language, runner(code.replace(KEY, self.token)).strip()

    def _run_in_shell(self, code: str) -> str:
        return self._run("sh", "-c", code)

    def _run_in_python(self, code: str) -> str:
        return self._run(sys.executable, "-c", code)

    def _run_in_node(self, code: str) -> str:
        return self._run("node", "--input-type=module", "-e", code)

    def _run_in_browser(self, code: str) -> str:
        """As the console does: the page's policy forbids scripts of its own, not those of its reader."""
        console = "const said = [], console = { log: (line) => said.push(line) };"
        return "\n".join(self.page.evaluate(f"async () => {{ {console}\n{code}\nreturn said; }}"))

    def _run(self, *command: str) -> str:
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=110)
        assert ran.returncode == 0, ran.stderr.decode()
        return ran.stdout.decode()


@pytest.fixture
def written(settings, tmp_path: Path, live_server, as_member: Client, open_page: OpenPage) -> Snippets:
    """Over an installation with a worker and a quick sandbox."""
    settings.MEDIA_ROOT, settings.SANDBOX_PACE = tmp_path / "media", "instant"
    settings.PUBLIC_URL = live_server.url
    refresh.refresh(default_connection())
    model = StudioModel.objects.get(slug="kling_3_0")
    folder = tmp_path / "here"
    folder.mkdir()
    page = open_page(reverse("dashboard:model-detail", args=[model.pk]))
    return Snippets(model, as_member, live_server.url, folder, page)


@pytest.fixture
def worker(written: Snippets) -> Iterator[Callable[..., None]]:
    """``start(names)`` runs the loops with these names; all without any."""
    stop, threads = threading.Event(), []

    def start(*names: str) -> None:
        loops = [loop for loop in all_loops(Presence()) if not names or loop.name in names]
        threads.append(threading.Thread(target=run, args=(stop, loops)))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.slow
def test_any_prompt_arrives_as_it_was_typed_from_every_language(written: Snippets, worker):
    """Under one key another body would be refused: so each language sent the very same."""
    worker("send")
    for prompt in HOSTILE:
        written.write(prompt)
        printed = {must(ID.search(said))[0] for _, said in written.run("generate")}
        job = Job.objects.latest("pk")
        assert printed == {str(job.public_id)}
        assert job.prompt == prompt
        assert job.request["duration_seconds"] == 3
        assert job.request["sound"] is False
    assert Job.objects.count() == len(HOSTILE)
    assert list(written.folder.iterdir()) == []  # nothing in a prompt was run


@pytest.mark.slow
def test_a_clip_is_followed_to_its_file_in_every_language(written: Snippets, worker):
    worker()
    written.write("a lighthouse at dawn")
    job_id = must(ID.search(next(written.run("generate"))[1]))[0]
    file = written.folder / "clip.mp4"
    for language, said in written.run("follow", job_id):
        *states, last = said.splitlines()
        assert set(states) <= {"pending", "processing", "completed"}
        assert states[-1] == "completed"
        if language == "javascript":
            file.write_bytes(written.page.request.get(last).body())
        else:
            assert last == "Saved as clip.mp4"
        assert film.probe(file).duration == pytest.approx(3, abs=0.1)
        file.unlink()


@in_every_look
def test_requests_follow_what_is_typed(open_page: OpenPage, member: Member, width: int, scheme: str):
    model = a_model()
    page = open_page(reverse("dashboard:model-detail", args=[model.pk]), width=width, scheme=scheme)
    must_be_accessible(page)
    python, shell = page.locator("#generate-python"), page.locator("#generate-curl")
    expect(shell).to_be_visible()
    expect(python).to_be_hidden()
    with no_reload(page):
        page.get_by_label("Prompt").fill("a cat")
        page.get_by_label("9:16").check()
        expect(shell).to_contain_text('"prompt": "a cat",\n    "aspect_ratio": "9:16"')
        page.get_by_label("Prompt").press_sequentially(" asleep")
        expect(shell).to_contain_text("a cat asleep")
        expect(page.get_by_label("Prompt")).to_be_focused()
        page.get_by_label("Prompt").fill("")
        expect(
            page.get_by_text("This request would be rejected: Veo 3.1 Fast needs a prompt")
        ).to_be_visible()
        must_be_accessible(page)
    page.get_by_label("cURL").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(python).to_be_visible()
    expect(page.locator("#follow-python")).to_be_visible()
    expect(shell).to_be_hidden()
    page.reload()
    expect(python).to_be_visible()
    must_be_accessible(page)


def test_without_scripts_a_button_writes_the_requests_and_languages_can_be_chosen(open_page: OpenPage):
    page = open_page(reverse("dashboard:model-detail", args=[a_model().pk]), java_script_enabled=False)
    page.get_by_label("Prompt").fill("a cat")
    page.get_by_role("button", name="Update requests").click()
    page.get_by_label("Python").check()
    expect(page.locator("#generate-python")).to_contain_text('"prompt": "a cat"')
    expect(page.locator("#generate-curl")).to_be_hidden()


# Over plain http a browser has no clipboard for scripts.
@pytest.mark.parametrize("has_clipboard", [pytest.param(True, marks=pytest.mark.slow), False])
def test_code_is_copied_whole_and_the_button_says_so_each_time(open_page: OpenPage, has_clipboard: bool):
    page = open_page(reverse("dashboard:model-detail", args=[a_model().pk]), permissions=["clipboard-write"])
    if not has_clipboard:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    code = page.locator("#generate-curl").inner_text()
    figure = page.locator("figure", has=page.locator("#generate-curl"))
    for _ in range(2):
        figure.get_by_role("button").focus()
        page.keyboard.press("Enter")
        expect(figure.get_by_role("button", name="Copied")).to_be_focused()
    expect(figure.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    page.get_by_label("Prompt").fill("")
    page.get_by_label("Prompt").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_label("Prompt")).to_have_value(code.strip())
