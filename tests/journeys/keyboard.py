"""Hands that never leave the keyboard."""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, expect

from tests.journeys.server import Party

FARTHEST = 150
"""Presses of Tab after which a control counts as out of reach."""
POINTER = """addEventListener("pointerdown", (event) => event.isTrusted && console.error("a pointer was used"), true)"""
IS_FOCUSED = "(element) => element === document.activeElement"


@dataclass(slots=True)
class Keyboard:
    """Someone who presses keys only; whatever else touches the page is a complaint of the party."""

    who: Party
    pressed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """From the next page on, a pointer is noticed."""
        self.who.context.add_init_script(POINTER)

    def press(self, *keys: str) -> None:
        """Press keys one after another, wherever the focus is."""
        for key in keys:
            self.pressed.append(key)
            self.who.page.keyboard.press(key)

    def leads_to(self, url: str, *keys: str) -> None:
        """Press keys, the last of which leads to a page of this address."""
        self.press(*keys[:-1])
        with self.who.page.expect_navigation(url=url):
            self.press(keys[-1])

    def write(self, text: str) -> None:
        """Type a text into the field that has the focus."""
        self.who.page.keyboard.type(text)

    def reach(self, control: Locator, *, key: str = "Tab") -> None:
        """Move the focus with Tab until it is on the control."""
        expect(control).to_have_count(1)
        for _ in range(FARTHEST):
            if control.evaluate(IS_FOCUSED):
                return
            self.press(key)
        raise AssertionError(f"the keyboard does not reach {control}")

    def take(self, control: Locator, key: str = "Enter") -> None:
        """Go to a control and press it."""
        self.reach(control)
        self.press(key)

    def follow(self, control: Locator, url: str) -> None:
        """Go to a control and press it; it leads to a page of this address."""
        self.reach(control)
        self.leads_to(url, "Enter")

    def sign_in(self, entry: str, username: str, password: str) -> None:
        """Sign in at an entry."""
        page = self.who.page
        self.who.go(f"/login/{entry}")
        self.reach(page.locator("[name=username]"))
        self.write(username)
        self.reach(page.locator("[name=password]"))
        self.write(password)
        self.leads_to("**/home", "Enter")
