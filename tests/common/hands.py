"""Ways in which people use a page: with a mouse, by the keyboard alone, or without JavaScript."""

from __future__ import annotations

import contextlib

from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

FARTHEST = 150
"""Steps of Tab that lead past the end of any page."""


class Mouse:
    """Points at things, as most do."""

    name, has_script = "mouse", True

    def __init__(self, page):
        self.page = page

    def press(self, target):
        """Follow a link, press a button or choose from a group."""
        target.click()

    def write(self, target, text):
        """Fill a field."""
        target.fill(text)

    def attach(self, target, file):
        """Choose a file."""
        target.set_input_files(file)


class WithoutScript(Mouse):
    """Points at things on pages whose scripts never arrived."""

    name, has_script = "without-script", False


class Keyboard:
    """Touches nothing but keys: what cannot be reached with Tab is not there."""

    name, has_script = "keyboard", True

    def __init__(self, page):
        self.page = page

    def press(self, target):
        """Follow a link, press a button or choose from a group."""
        kind = target.evaluate("e => e.type || e.tagName")
        if kind == "radio":
            self._choose(target)
            return
        self._reach(target)
        self.page.keyboard.press("Enter" if kind != "checkbox" else "Space")

    def write(self, target, text):
        """Fill a field: what it held is selected when the focus comes."""
        self._reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def attach(self, target, file):
        """Choose a file."""
        # Right after a page has come, Chromium may swallow the key.
        for key in ("Enter", "Space", "Enter"):
            self._reach(target)
            with contextlib.suppress(PlaywrightTimeoutError):
                with self.page.expect_file_chooser(timeout=5_000) as chooser:
                    self.page.keyboard.press(key)
                chooser.value.set_files(file)
                return
        raise AssertionError(f"No key opens the chooser of {target}")

    def _reach(self, target, is_there="e => e === document.activeElement"):
        target.wait_for()
        for _ in range(FARTHEST):
            if target.evaluate(is_there):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {target}")

    def _choose(self, target):
        """Go to the group of a radio button with Tab, then to the button with the arrows."""
        self._reach(target, "e => e.type === 'radio' && document.activeElement.name === e.name")
        if target.evaluate("e => e === document.activeElement"):
            self.page.keyboard.press("Space")
        for _ in range(FARTHEST):
            if target.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"The arrows do not lead to {target}")


HANDS = (Mouse, Keyboard, WithoutScript)
