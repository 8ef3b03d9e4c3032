"""The pages in a real Chromium: for every eye, hand and window, with and without JavaScript."""

from __future__ import annotations

from time import monotonic

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from relay.core.model import Severity
from tests.browser.conftest import Growing, Open, Shown
from tests.web.stories import MINUTE, NOW, webhook

PATHS = (
    "/incidents",
    "/incidents?severity=warning",
    "/incidents/{leak}",
    "/incidents/{deployment}",
    "/targets",
    "/channels",
    "/deliveries",
    "/deliveries?state=parked",
    "/receipts/{receipt}",
    "/why",
    "/why?target=gameshelf-api&metric=memory&at=2026-11-23T14:19",
    "/why?target=gameshelf-shop&metric=memory&at=2026-11-23T14:29",
    "/replay",
    "/nothing",
    "/incidents?since=x",
)
# Seconds after which a page asks whether anything is new.
EVERY = 5


def no_scroll(page: Page) -> bool:
    """Whether the page is no wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "fr"), (360, "dark", "en"), (1280, "light", "en"), (1280, "dark", "fr")],
)
def test_no_page_has_a_fault_for_axe(
    shown: Shown, visit: Open, width: int, scheme: str, language: str
) -> None:
    """Contrast, names, order and all the rest, with everything unfolded; and nothing scrolls sideways."""
    opened = visit(shown.address, width=width, color_scheme=scheme, locale=language)
    for path in PATHS:
        opened.go(path.format(leak=shown.leak, deployment=shown.deployment, receipt=shown.receipt))
        opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        results = Axe().run(opened.page)
        assert results.violations_count == 0, f"{path}\n{results.generate_report()}"
        assert no_scroll(opened.page), path


@pytest.mark.parametrize(("width", "locale"), [(360, "fr"), (1280, "en")])
def test_what_a_replay_finds_has_no_fault(shown: Shown, visit: Open, width: int, locale: str) -> None:
    """The table of both sides and what is missing, asked for by keyboard alone."""
    opened = visit(shown.address, "/replay", width=width, locale=locale)
    opened.page.get_by_role("textbox").focus()
    for key in ("Tab", "Tab", "Enter"):
        opened.page.keyboard.press(key)
    expect(opened.page.get_by_role("table")).to_be_visible()
    results = Axe().run(opened.page)
    assert results.violations_count == 0, results.generate_report()
    assert no_scroll(opened.page)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_has_no_fault_and_works(closed: str, visit: Open, width: int, scheme: str) -> None:
    """By keyboard alone: a wrong password says so, the right one leads on, signing out closes."""
    opened = visit(closed, "/targets", width=width, color_scheme=scheme)
    page = opened.page
    assert Axe().run(page).violations_count == 0
    page.keyboard.type("guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not the password.")
    assert Axe().run(page).violations_count == 0
    page.get_by_label("Password").fill("open sesame")
    page.keyboard.press("Enter")
    page.wait_for_url("**/targets")
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert no_scroll(page)


def test_the_axe_here_would_find_a_fault(shown: Shown, visit: Open) -> None:
    """A control: a picture without words and an unreadable grey are seen."""
    page = visit(shown.address).page
    page.evaluate("""() => {
        const image = document.createElement("img");
        image.src = "/static/icon.svg";
        document.querySelector("main").append(image);
    }""")
    assert Axe().run(page).violations_count > 0


def test_a_page_can_be_walked_by_keyboard(shown: Shown, visit: Open) -> None:
    """First the way past the navigation, then every link in order, each with a visible focus; Enter follows."""
    page = visit(shown.address).page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline == "solid", name
        reached.append(name)
    assert reached[:2] == ["Filter incidents", "gameshelf-api"]
    assert "The channel discord is parked" in reached
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")


def test_everything_works_without_javascript(shown: Shown, visit: Open) -> None:
    """Filter, page, chart, payload and language."""
    page = visit(shown.address, java_script_enabled=False).page
    page.get_by_text("Filter incidents").click()
    page.get_by_label("Search").fill("memory")
    page.get_by_label("State").select_option("open")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="Memory over its threshold on gameshelf-api").click()
    expect(page.get_by_role("img", name="Memory of gameshelf-api")).to_be_visible()
    page.get_by_text("Values", exact=True).click()
    expect(page.get_by_role("cell", name="94.4 %")).to_be_visible()
    page.get_by_role("link", name="Français").click()
    expect(page.get_by_role("heading", name="Mémoire : seuil dépassé sur gameshelf-api")).to_be_visible()


def test_a_page_refreshes_itself(growing: Growing, visit: Open) -> None:
    """A new incident appears, is announced, and changes the title; what was typed and unfolded stays."""
    opened = visit(growing.address, own_clock=True)
    page = opened.page
    expect(page.get_by_text("Nothing is open")).to_be_visible()
    page.get_by_text("Filter incidents").click()
    page.get_by_label("Search").fill("half a wor")
    growing.story.receive(webhook(NOW, Severity.CRITICAL, title="It broke"))
    opened.after(EVERY)
    expect(page.get_by_role("link", name="It broke")).to_be_visible()
    expect(page).to_have_title("(1) Incidents · GameShelf Relay")
    expect(page.get_by_role("status")).to_have_text("Open incidents: 1")
    expect(page.get_by_label("Search")).to_have_value("half a wor")
    link = page.get_by_role("link", name="It broke")
    link.focus()
    growing.story.receive(webhook(NOW + MINUTE, title="It broke again", name="other"))
    opened.after(EVERY)
    expect(page.get_by_role("link", name="It broke again")).to_be_visible()
    expect(page.get_by_role("link", name="It broke", exact=True)).to_be_focused()


def test_a_page_asks_by_the_clock_of_the_wall_too(growing: Growing, visit: Open) -> None:
    """A control: what the other tests put forward goes by itself."""
    page = visit(growing.address).page
    began = monotonic()
    with page.expect_response("**/incidents", timeout=15_000):
        pass
    assert monotonic() - began > EVERY - 1


def test_an_incident_refreshes_itself(growing: Growing, visit: Open) -> None:
    """Its end is shown, and a payload that is being read stays unfolded."""
    growing.story.receive(webhook(NOW, title="It broke"), b'{"cause":"a bug"}')
    opened = visit(growing.address, own_clock=True)
    page = opened.page
    page.get_by_role("link", name="It broke").click()
    page.locator(".payload summary").click()
    growing.story.receive(webhook(NOW + MINUTE, Severity.OK, summary="All is well"))
    opened.after(EVERY)
    expect(page.locator(".headline").get_by_text("Resolved")).to_be_visible()
    expect(page.get_by_text('"cause": "a bug"')).to_be_visible()


def test_what_did_not_change_costs_little(growing: Growing, visit: Open) -> None:
    """The first refresh brings the page's tag, the next one is answered with 304."""
    opened = visit(growing.address, own_clock=True)
    page = opened.page
    page.locator("#live").evaluate("(shown) => { shown.dataset.shown = 'before' }")
    opened.after(EVERY)
    expect(page.locator("[data-shown]")).to_have_count(0)
    with page.expect_response("**/incidents") as asked:
        opened.after(EVERY)
    assert asked.value.status == 304
    expect(page.locator("#stale")).to_be_hidden()


def test_a_page_that_can_not_be_refreshed_says_so(growing: Growing, visit: Open) -> None:
    """Old news must not look like good news; once the relay answers again the warning goes."""
    opened = visit(growing.address, own_clock=True)
    page = opened.page
    page.route("**/incidents", lambda route: route.abort())
    opened.after(EVERY)
    expect(page.get_by_role("alert")).to_contain_text("may be out of date")
    assert Axe().run(page).violations_count == 0
    page.unroute("**/incidents")
    opened.after(EVERY)
    expect(page.locator("#stale")).to_be_hidden()
    # htmx itself tells the console of a request that failed.
    opened.complaints.clear()


def test_nobody_looking_nothing_asked(growing: Growing, visit: Open) -> None:
    """A page in the background does not ask, however long; it does, once, when it is looked at again."""
    opened = visit(growing.address, own_clock=True)
    page = opened.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/incidents" in request.url else None)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})")
    for _ in range(3):
        opened.after(EVERY)
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'visible', configurable: true})"
    )
    # Requests are told in their order: one that left before would be told before this one.
    with page.expect_response("**/incidents"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert len(asked) == 1


def test_an_ended_session_comes_to_the_login(closed: str, visit: Open) -> None:
    """Instead of an empty page that keeps asking."""
    opened = visit(closed, "/incidents", own_clock=True)
    page = opened.page
    page.get_by_label("Password").fill("open sesame")
    page.keyboard.press("Enter")
    # Whole: the login's own address ends with this one.
    page.wait_for_url(f"{closed}/incidents")
    page.context.clear_cookies()
    opened.after(EVERY)
    page.wait_for_url("**/login?to=/incidents")


def test_the_policy_holds_in_a_browser(shown: Shown, visit: Open) -> None:
    """A control: an inline script is refused, so the console's silence elsewhere means something."""
    opened = visit(shown.address)
    opened.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    }""")
    assert opened.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in one for one in opened.complaints)
    opened.complaints.clear()


def test_hostile_text_does_not_run(growing: Growing, visit: Open) -> None:
    """In a real browser, with dialogs watched for."""
    probe = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202eevil"
    growing.story.receive(
        webhook(NOW, title=probe, summary=probe, facts=(("x", "javascript:alert(3)"),), target=probe),
        probe.encode(),
    )
    opened = visit(growing.address)
    dialogs: list[str] = []
    opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    opened.page.locator(".incident a").click()
    opened.page.locator(".payload summary").click()
    expect(opened.page.locator("h1")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(opened.page.locator("h1")).to_contain_text("⟨U+202E⟩evil")
    assert dialogs == []
    assert no_scroll(opened.page)
