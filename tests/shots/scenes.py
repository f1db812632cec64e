"""Every picture that is taken: a name, an address, and what a person does there before it is taken."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.shots import demo

SHOWN = ("pending", "failed", "blocked", "unknown", "stopped", "abandoned", "queued")  # each on its own page

type Act = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """``sizes`` names the widths at which it is worth a picture, None for all."""

    name: str
    path: str
    act: Act = lambda page: None
    sizes: tuple[str, ...] | None = None
    whole: bool = False  # the page from top to bottom
    signed_in: bool = True


def first_visit() -> Iterator[Scene]:
    yield Scene("empty-create", "/", _look_only)
    yield Scene("empty-jobs", "/jobs/")
    yield Scene("empty-attention", "/attention/")
    yield Scene("empty-board", "/team/", sizes=("wide", "phone"))
    yield Scene("empty-history", "/history/", sizes=("wide", "phone"))


def demonstration() -> Iterator[Scene]:
    """After demo.make_clips and demo.make_states."""
    ready, lost = demo.newest("completed", "stored"), demo.newest("completed", "lost")
    upstream = demo.newest("completed", "waiting")
    # Read once: while the pictures are taken, the worker goes on.
    states = {state: demo.newest(state) for state in SHOWN}
    case = demo.newest("attention") - 1  # the one that two rows could be
    # First: on a slow machine the clip is ready, or lost, before the other pages are taken.
    yield Scene("job-stop", f"/jobs/{demo.newest('processing')}/stop/", sizes=("wide", "phone"))
    yield Scene("create", "/")
    yield Scene("create-whole", "/", whole=True)
    yield Scene("create-image", "/?model=hailuo_2_3_pro", _add_images(demo.poster_address()), whole=True)
    yield Scene("create-errors", "/?model=hailuo_2_3_pro", _send_nothing)
    yield Scene("create-filtered", "/", _filter_models, sizes=("wide", "tablet"))
    yield Scene("create-models", "/", _unfold_models, sizes=("phone",))
    yield Scene("jobs", "/jobs/")
    yield Scene("jobs-whole", "/jobs/", whole=True)
    yield Scene("jobs-none", "/jobs/?state=cancelled&model=none")
    yield Scene("screening", f"/jobs/?state=completed&before={ready + 1}", _screen("Play: .*lighthouse"))
    yield Scene("screening-tall", f"/jobs/?state=completed&before={ready + 1}", _screen("Play: Silk"))
    yield Scene("job", f"/jobs/{ready}/", whole=True)
    for state, job in states.items():
        yield Scene(f"job-{state}", f"/jobs/{job}/", sizes=("wide", "phone"))
    yield Scene("job-lost", f"/jobs/{lost}/", sizes=("wide", "phone"))
    yield Scene("job-upstream", f"/jobs/{upstream}/", sizes=("wide", "phone"))
    yield Scene("job-attention", f"/jobs/{case}/", whole=True)
    yield Scene("attention", "/attention/", whole=True)
    yield Scene("attention-send-again", f"/attention/{case}/send-again/")
    yield Scene("budgets", "/credits/budgets/", whole=True)
    yield Scene("budget-add", "/credits/budgets/add/", _for_a_project, whole=True)
    yield Scene("budget-ask", "/credits/budgets/1/ask/?credits=300", sizes=("wide", "phone"))
    yield Scene("approvals", "/credits/approvals/", whole=True)
    yield from reports()
    yield Scene("history", "/history/")
    brand = demo.connection("Brand films")
    yield Scene("reconciliation", f"/credits/reconciliation/?studio={brand}", whole=True)
    yield Scene("reconciliation-agrees", "/credits/reconciliation/", sizes=("wide", "phone"))
    yield Scene("prices", f"/credits/prices/?studio={brand}")
    yield from models(brand)
    yield Scene("board", "/team/", whole=True)
    spring = demo.project("Spring campaign")
    yield Scene("projects", "/projects/", _unfold_archived)
    yield Scene("project", f"/projects/{spring}/", whole=True)
    yield Scene("project-edit", f"/projects/{demo.project('Product film')}/edit/", whole=True)
    yield Scene("project-archive", f"/projects/{spring}/archive/", sizes=("wide", "phone"))
    yield Scene("create-project", f"/?project={spring}", whole=True)
    yield Scene("private-jobs", "/jobs/?private=1")
    yield Scene("private-own", f"/jobs/{demo.private(owner=True)}/", whole=True)
    yield Scene("private-other", f"/jobs/{demo.private(owner=False)}/", whole=True)
    yield Scene("people", "/people/", _invite, whole=True)
    yield Scene("audit", "/audit/", _check_chain)
    yield Scene("audit-entry", "/audit/?group=connection&about=connection:2", _unfold_entry, whole=True)
    yield Scene("audit-none", "/audit/?from=2020-01-01&until=2020-01-31", sizes=("wide", "phone"))
    yield Scene("person", f"/people/{demo.colleague()}/")
    yield Scene("person-leaves", f"/people/{demo.colleague()}/deactivate/", whole=True)
    yield Scene("connections", "/connections/", whole=True)
    yield Scene("connection-add", "/connections/add/")
    yield Scene("connection-errors", "/connections/add/", _add_wrongly, sizes=("wide", "phone"))
    yield Scene("connection", f"/connections/{demo.connection('Brand films')}/", whole=True)
    yield Scene("reference", "/api/")
    yield Scene("reference-whole", "/api/", _unfold_contents, whole=True)
    yield Scene("reference-errors", "/api/#errors", sizes=("wide", "phone"))
    yield Scene("notifications", "/notifications/", whole=True)
    yield Scene("notification-settings", "/notifications/settings/", _keep_quiet, whole=True)
    yield Scene("notification-team", "/notifications/team/")
    yield Scene("notification-hook", "/notifications/team/add/", _add_hook, whole=True)
    yield Scene("notification-deliveries", "/notifications/deliveries/")
    yield from tokens()
    yield Scene("profile", "/profile/", sizes=("wide", "phone"))
    yield Scene("security", "/profile/security/", whole=True)
    yield Scene(
        "security-on", "/accounts/login/?next=/profile/security/", _with_code, whole=True, signed_in=False
    )
    yield Scene("security-app", "/accounts/security/app/add/")
    yield Scene("security-passkey", "/accounts/security/passkeys/add/", sizes=("wide", "phone"))
    yield Scene("security-codes", "/accounts/login/", _make_codes, signed_in=False)
    yield Scene("menu", "/profile/", _open_menu, sizes=("wide", "phone"))
    yield Scene("not-found", "/nowhere/", sizes=("wide", "phone"))
    yield Scene("sign-in", "/accounts/login/", signed_in=False)
    yield Scene("sign-in-code", "/accounts/login/", _sign_in_as_colleague, signed_in=False)
    yield Scene("sign-in-error", "/accounts/login/", _sign_in_wrongly, signed_in=False)


def models(brand: int) -> Iterator[Scene]:
    """All of a studio's, one in full, one that was not understood, and some side by side."""
    kling, unread = demo.model(brand, "kling_3_0"), demo.model(brand, "luma_ray_4")
    slugs = ("kling_3_0", "veo31", "seedance_1_5_pro", "veo31_fast")
    beside = [f"model={demo.model(brand, slug)}" for slug in slugs]
    yield Scene("models", "/models/", _tick_models)
    yield Scene("models-all", f"/models/?studio={brand}", whole=True)
    yield Scene("models-found", f"/models/?studio={brand}", _find_model, sizes=("wide", "phone"))
    yield Scene("model", f"/models/{kling}/", whole=True)
    yield Scene("model-unread", f"/models/{unread}/")
    yield Scene("model-own", f"/models/{demo.model(1, 'veo31')}/", sizes=("wide", "phone"))
    yield Scene("models-two", f"/models/compare/?{'&'.join(beside[:2])}", whole=True)
    yield Scene("models-four", f"/models/compare/?{'&'.join(beside)}", whole=True)
    yield Scene("models-differ", f"/models/compare/?{'&'.join(beside[:3])}", _only_differing, sizes=("wide",))
    yield Scene("models-none", "/models/compare/", sizes=("wide", "phone"))


def tokens() -> Iterator[Scene]:
    script = demo.token("Nightly product clips")
    yield Scene("tokens", "/tokens/", whole=True)
    yield Scene("token-add", "/tokens/add/", whole=True)
    yield Scene("token-errors", "/tokens/add/", _make_no_token, sizes=("wide", "phone"), whole=True)
    yield Scene("token-spending", f"/tokens/{script}/spending/", sizes=("wide", "phone"))
    yield Scene("token-revoke", f"/tokens/{script}/revoke/", sizes=("wide", "phone"))
    yield Scene("token-job", f"/jobs/{demo.asked_by(script)}/", sizes=("wide", "phone"), whole=True)
    yield Scene("token-jobs", f"/jobs/?token={script}", sizes=("wide", "phone"))
    yield Scene("token-shown", "/tokens/add/", _make_token, whole=True)  # the last: it adds one to the list


def reports() -> Iterator[Scene]:
    """What was spent: of a month, of half a year, of one person, of a day on which nothing was."""
    yield Scene("credits", "/credits/?period=last-30-days", whole=True)
    yield Scene("credits-year", "/credits/?period=this-year&stack=person", _unfold_figures, whole=True)
    yield Scene("credits-narrowed", f"/credits/?period=last-month&project={demo.project('Social clips')}")
    yield Scene("credits-none", "/credits/?from=2020-01-01&until=2020-01-31")
    yield Scene("ledger", "/credits/ledger/?period=last-30-days")
    yield Scene(
        "ledger-narrowed", "/credits/ledger/?period=last-month&kind=refunded", sizes=("wide", "phone")
    )


def trouble() -> Iterator[Scene]:
    """Of an installation whose studio cannot be reached."""
    yield Scene("trouble-create", "/", _open_trouble)
    yield Scene("trouble-connections", "/connections/", _test_connection)


def _unfold_figures(page: Page) -> None:
    page.get_by_text("Show as a table").click()


def _tick_models(page: Page) -> None:
    for name in ("Veo 3.1 Fast", "Kling 3.0"):
        page.get_by_label(f"Compare: {name}", exact=True).check()


def _find_model(page: Page) -> None:
    page.get_by_role("searchbox", name="Find by name").press_sequentially("veo")
    page.get_by_text("2 of 7 models").first.wait_for()


def _only_differing(page: Page) -> None:
    page.get_by_label("Only show differences").check()


def _look_only(page: Page) -> None:
    page.locator("#estimate strong").wait_for()


def _add_images(address: str) -> Act:
    def act(page: Page) -> None:
        page.get_by_label("Image URLs").fill(page.url.split("/?")[0] + address)
        if (add := page.get_by_role("button", name="Add another image")).is_visible():
            add.click()
            page.get_by_label("Image 2").fill("https://images.example.com/boat.jpg")

    return act


def _send_nothing(page: Page) -> None:
    page.get_by_role("button", name="Generate").click()
    page.locator("#fields .error").first.wait_for()


def _for_a_project(page: Page) -> None:
    page.get_by_label("For", exact=True).select_option("project")


def _filter_models(page: Page) -> None:
    page.get_by_role("button", name="with sound").click()


def _unfold_contents(page: Page) -> None:
    if (summary := page.locator(".contents summary")).is_visible():
        summary.click()


def _unfold_archived(page: Page) -> None:
    page.locator("summary", has_text="Archived").click()


def _unfold_models(page: Page) -> None:
    page.get_by_role("button", name="Change model").click()


def _screen(name: str) -> Act:
    def act(page: Page) -> None:
        page.get_by_role("button", name=re.compile(name)).first.click()
        page.wait_for_function("() => document.querySelector('#screening video')?.currentTime > 0.5")

    return act


def _add_wrongly(page: Page) -> None:
    page.get_by_label("Name").fill("Brand films")
    page.get_by_label("Address").fill("http://api.example.com")
    page.get_by_label("API key").fill("two words")
    page.get_by_role("button", name="Save and test").click()
    page.locator(".error").first.wait_for()


def _test_connection(page: Page) -> None:
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("Testing").wait_for()
    page.locator(".verdict").wait_for()


def _invite(page: Page) -> None:
    page.get_by_label("Email").fill("new@example.com")
    page.get_by_role("button", name="invitation").click()
    page.get_by_label("Link to copy").wait_for()


def _check_chain(page: Page) -> None:
    page.get_by_role("button", name="Verify now").click()
    page.get_by_text("is whole, checked").wait_for()


def _unfold_entry(page: Page) -> None:
    page.locator(".entry summary").first.click()


def _keep_quiet(page: Page) -> None:
    page.get_by_label("Use quiet hours every day").check()


def _add_hook(page: Page) -> None:
    page.get_by_label("Name").fill("Clips of the team")
    page.get_by_label("Address").fill("http://hooks.example.com/services/T0/B0/x")
    page.get_by_label("Clip ready").check()
    page.get_by_role("button", name="Add").click()
    page.locator(".error").first.wait_for()


def _make_token(page: Page) -> None:
    page.get_by_label("Name").fill("Weekly trailers")
    page.get_by_role("button", name="Create token").click()
    page.get_by_label("Token to copy").wait_for()


def _make_no_token(page: Page) -> None:
    page.get_by_label("Name").fill("Weekly trailers")
    page.get_by_label("On a date").check()
    page.get_by_role("button", name="Create token").click()
    page.locator(".error").first.wait_for()


def _open_menu(page: Page) -> None:
    page.get_by_role("button", name="Account menu").click()


def _sign_in_wrongly(page: Page) -> None:
    page.get_by_label("Email").fill("member@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("alert").wait_for()


def _sign_in_as_colleague(page: Page) -> None:
    page.get_by_label("Email").fill(demo.COLLEAGUE)
    page.get_by_label("Password").fill(demo.COLLEAGUES_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="One more step").wait_for()


def _with_code(page: Page) -> None:
    _sign_in_as_colleague(page)
    page.get_by_label("Code").fill(demo.colleague_s_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Account menu").wait_for()


def _make_codes(page: Page) -> None:
    _with_code(page)
    page.goto(page.url.partition("/jobs")[0].rstrip("/") + "/accounts/security/recovery/new/")
    page.get_by_role("button", name="Create new codes").click()
    page.get_by_role("link", name="Download").wait_for()


def _open_trouble(page: Page) -> None:
    pill = page.locator("[popovertarget=studio-trouble]")
    for _ in range(20):  # until the worker has tried to reach it
        if pill.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    pill.click()
