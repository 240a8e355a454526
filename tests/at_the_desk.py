"""An organiser at the desk in a real Chromium, who has a keyboard and nothing else."""

from playwright.sync_api import expect

from .wire import login_session

LIST = "/admin/registration/accessrequest/"


def signed_in(new_page, site, organiser, **options):
    """A page at the desk in a browser of its own, in which this organiser is signed in; the site is a local one."""
    page = new_page(base_url=site.url, **options)
    page.context.add_cookies([{"name": "sessionid", "value": login_session(organiser), "url": site.url}])
    return page


class Hands:
    """``press`` counts each key; what is pressed goes to whatever has the focus, as under real hands."""

    def __init__(self, page):
        self.page = page
        self.keys = 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def press_and_go(self, *keys):
        """The last key leads to another page, which is waited for."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])

    def type(self, text):
        self.page.keyboard.type(text)
        self.keys += len(text)

    def sees(self, text):
        expect(self.page.locator("#main")).to_contain_text(text)

    def sees_the_request_of(self, name):
        expect(self.page.locator("#content > h1")).to_have_text(name)


def focused(page):
    """What has the focus: its tag and its value or name."""
    return page.evaluate("[document.activeElement.tagName, document.activeElement.value ?? '']")
