"""One running portal and one browser for all browser tests."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import sync_playwright
from tests.common.running import running_portal

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")


def chromium():
    """Return the browser's path; install it where that is possible."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(("apt-get", "update", "--quiet"), check=False, stdout=sys.stderr)
        subprocess.run(INSTALL, check=False, stdout=sys.stderr)
        path = shutil.which("chromium")
    if path is None:
        pytest.exit("The browser tests need Chromium: install your system's package chromium.", 2)
    return path


def launch(playwright):
    """Start the browser."""
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return playwright.chromium.launch(executable_path=chromium(), args=options)


@pytest.fixture(scope="session")
def browser():
    """Chromium."""
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


class Portal:
    """The portal, with its people at their browsers."""

    def __init__(self, folder, address, browser):
        self.folder, self.address, self.browser = folder, address, browser
        accounts = json.loads((folder / "accounts.json").read_text())["accounts"]
        self.passwords = {account["name"]: account["password"] for account in accounts}
        self.complaints = []

    def visit(self, path="/", *, language="en", width=1200, has_script=True):
        """Open a page as someone who is not known."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=has_script,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self.address}/{language}{path}")
        return page

    def sign_in(self, name, *, language="en", width=1200):
        """Open the portal as one of its people."""
        page = self.visit("/user/login", language=language, width=width)
        page.fill("[name=login]", name)
        page.fill("[name=password]", self.passwords[name])
        page.locator("form:has([name=password]) [type=submit]").click()
        page.wait_for_url("**/dashboard**")
        return page

    def begin(self, page, title):
        """Begin a dataset; end on its list of tasks."""
        page.goto(f"{self.address}/en/dataset/new")
        page.fill("[name=title_translated-en]", title)
        if page.locator("select[name=owner_org]").count():
            page.select_option("[name=owner_org]", label="Ministry of the Interior")
        page.locator("[data-og-once]").click()
        page.wait_for_url("**/publish")


@pytest.fixture(scope="session")
def portal(browser):
    """A running portal with its demo accounts."""
    with running_portal() as (folder, address):
        yield Portal(folder, address, browser)
