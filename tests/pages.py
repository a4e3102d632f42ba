"""What a page with widgets shows, beside what Python computes for it."""

from __future__ import annotations

import ast
import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, TimeoutError, expect  # noqa: A004

from authoring.browser import Opened
from paramlab.widgets import palette

SECOND = 1000
# What a reader can move, without the line of the view and what only copies.
CONTROLS = ", ".join(
    f"{control}:visible"
    for control in (
        ".noUi-handle",
        "select",
        "input[type=checkbox]",
        ".jupyter-button:not(.widget-play *)",  # a test of its own plays
        "tr[aria-selected=true]",
    )
)
# What the widget that is set like this shows, by the kernel that has its network.
KERNEL = """
def _packed(line):
    import base64, json
    from ipywidgets.widgets import widget
    from paramlab.widgets.scene import pack
    from paramlab.widgets.shown import Shown
    shown = [one for one in widget._instances.values() if isinstance(one, Shown)]
    scene = pack(next(one for one in shown if one.view() == line).scene())
    scene["data"] = base64.b64encode(scene["data"]).decode()
    return json.dumps(scene)
"""


class OnPage:
    """One widget of an opened notebook."""

    def __init__(self, opened: Opened, number: int) -> None:
        self.opened = opened
        self.number = number
        self.place = widgets_of(opened).nth(number)
        self.canvas = self.place.locator("canvas")
        self.place.scroll_into_view_if_needed()
        opened.page.wait_for_function(
            "place => Number(place.querySelector('canvas').dataset.draws) > 0",
            arg=self.place.element_handle(),
        )

    @property
    def line(self) -> str:
        """Return the line of the view."""
        return self.place.locator(".paramlab-view input").input_value()

    @property
    def name(self) -> str:
        """Return the name of the widget's function."""
        return self.line.partition("?")[0]

    @property
    def draws(self) -> int:
        """Return how often the plot was drawn."""
        return int(self.canvas.get_attribute("data-draws") or 0)

    @property
    def frames(self) -> list[dict[str, Any]]:
        """Return where each panel's axes are, in CSS pixels."""
        return list(json.loads(self.canvas.get_attribute("data-frames") or "[]"))

    def table(self) -> list[list[str]]:
        """Return the texts of the table's rows."""
        rows: list[list[str]] = self.place.locator(".paramlab-plot").evaluate(
            "plot => [...plot.querySelectorAll('tbody tr')]"
            ".map(row => [...row.cells].map(cell => cell.textContent))"
        )
        return rows

    def pixels(self) -> np.ndarray:
        """Read the canvas's own pixels, at one a CSS pixel."""
        url = self.canvas.evaluate("canvas => canvas.toDataURL()")
        image = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
        return np.asarray(image.convert("RGB")).astype(int)

    def computed(self) -> dict[str, Any]:
        """Return the scene as the kernel computes it now."""
        text = self.opened.kernel_value(KERNEL, f"_packed({self.line!r})")
        scene: dict[str, Any] = json.loads(ast.literal_eval(text))
        scene["data"] = base64.b64decode(scene["data"])
        return scene

    def press(self, key: str, timeout: float = 20 * SECOND) -> None:
        """Press a key and wait until what it changed is drawn.

        The line comes after the scene, and the scene is drawn in the next frame;
        a scene that is the same as before is not drawn again.
        """
        line = self.line
        self.opened.page.keyboard.press(key)
        try:
            self.opened.page.wait_for_function(
                "([place, line]) =>"
                " place.querySelector('.paramlab-view input').value !== line",
                arg=[self.place.element_handle(), line],
                timeout=timeout,
            )
        except TimeoutError as error:
            where = self.opened.page.evaluate("document.activeElement.outerHTML")
            raise AssertionError(f"{key} changes nothing at {where[:300]}") from error
        self.wait_for_frames()

    def settle(self) -> None:
        """Wait until the kernel has done all that was asked, and it is drawn."""
        self.opened.kernel_value("", "0")
        self.wait_for_frames()

    def wait_for_frames(self) -> None:
        """Wait until a plot that was to be drawn in the next frame is drawn."""
        self.opened.page.evaluate(
            "() => new Promise((done) =>"
            " requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def assert_shows(self, scene: dict[str, Any]) -> None:
        """Hold heading, table, text alternative, code and picture against a scene."""
        expect(self.canvas).to_have_attribute(
            "aria-label", f"{scene['title']}. {scene['summary']}"
        )
        rows = scene["table"]["rows"] if scene["table"] else []
        assert self.table() == [list(row) for row in rows]
        heading = self.place.locator(".paramlab-heading strong").text_content()
        assert heading == scene["title"]
        assert self.canvas.is_hidden() == (not scene["panels"])
        if scene["panels"]:
            wrong = drawn_wrong(self.pixels(), self.frames, scene)
            assert not wrong, wrong


def widgets_of(opened: Opened) -> Locator:
    """Find the widgets on a page that have a plot."""
    return opened.page.locator(".paramlab-widget:has(.paramlab-plot)")


def all_of(opened: Opened) -> list[OnPage]:
    """List the widgets on a page."""
    return [OnPage(opened, i) for i in range(widgets_of(opened).count())]


def key_for(control: Locator) -> str:
    """Return the key that changes a control, or "" where it has one value."""
    return str(
        control.evaluate(
            """control => {
          const at = (name) => Number(control.getAttribute(`aria-value${name}`));
          if (control.closest('[disabled]')) return '';
          if (control.matches('.noUi-handle')) {
            if (at('min') === at('max')) return '';
            return at('now') < at('max') ? 'ArrowRight' : 'ArrowLeft';
          }
          if (control.matches('select')) {
            if (control.options.length < 2) return '';
            const isLast = control.selectedIndex === control.options.length - 1;
            return isLast ? 'ArrowUp' : 'ArrowDown';
          }
          if (control.matches('tr')) {
            return control.nextElementSibling ? 'ArrowDown' : 'ArrowUp';
          }
          return control.matches('input') ? 'Space' : 'Enter';
        }"""
        )
    )


def worked(shown: OnPage) -> Iterator[str]:
    """Change every control of a widget by a key; yield what was changed, after.

    Buttons come last: some of them forget what the others need.
    """
    yield from _worked(shown, "BUTTON", is_wanted=False)
    yield from _worked(shown, "BUTTON", is_wanted=True)


def _worked(shown: OnPage, tag: str, *, is_wanted: bool) -> Iterator[str]:
    number = 0
    while number < (controls := shown.place.locator(CONTROLS)).count():
        control = controls.nth(number)
        number += 1
        kind = control.evaluate("control => control.className || control.tagName")
        is_button = control.evaluate("control => control.tagName") == tag
        if is_button != is_wanted:
            continue
        if is_button and control.evaluate(
            "one => Boolean(one.closest('.widget-play'))"
        ):
            continue  # a test of its own plays
        key = key_for(control)
        if not key:
            continue
        control.scroll_into_view_if_needed()
        control.focus()
        if is_button:
            shown.opened.page.keyboard.press(key)
            shown.settle()
        else:
            shown.press(key)
        yield f"{kind} {key}"


# What is on the canvas


def drawn_wrong(
    image: np.ndarray, frames: list[dict[str, Any]], scene: dict[str, Any]
) -> list[str]:
    """Name the panels whose uppermost series is not where its numbers are."""
    numbers = np.frombuffer(scene["data"], "<f4").astype(float)
    assert len(frames) == len(scene["panels"])
    wrong = []
    for frame, panel in zip(frames, scene["panels"], strict=True):
        assert frame["x_range"] == panel["x_range"]
        assert frame["y_range"] == panel["y_range"]
        marks = [mark for mark in panel["marks"] if mark["kind"] in SERIES]
        if panel["note"] or not marks:
            continue
        share = SERIES[marks[-1]["kind"]](image, frame, marks[-1], numbers)
        if share < 0.8:
            wrong.append(f"{panel['title']}: {share:.2f} of its {marks[-1]['kind']}")
    return wrong


def _taken(numbers: np.ndarray, part: list[int]) -> np.ndarray:
    return numbers[part[0] : part[0] + part[1]]


def _places(
    frame: dict[str, Any], x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels of points, as ``plot.js`` should place them."""
    low, high = frame["x_range"]
    across = frame["left"] + (x - low) / (high - low) * (frame["right"] - frame["left"])
    ends = np.array(frame["y_range"])
    if frame["log"]:
        y, ends = np.log10(np.maximum(y, 1e-35)), np.log10(np.maximum(ends, 1e-35))
    share = (y - ends[0]) / (ends[1] - ends[0])
    up = frame["bottom"] - share * (frame["bottom"] - frame["top"])
    return across, up


def _is_colour(image: np.ndarray, role: str, off: int = 48) -> np.ndarray:
    colour = [int(palette.light()[role][i : i + 2], 16) for i in (1, 3, 5)]
    return np.asarray((np.abs(image - colour) < off).all(axis=2))


def _near(
    painted: np.ndarray,
    frame: dict[str, Any],
    x: np.ndarray,
    y: np.ndarray,
    reach: int,
) -> float:
    """Return the share of points in the frame that have the colour around them."""
    inside = (
        np.isfinite(x + y)
        & (x >= frame["left"])
        & (x <= frame["right"])
        & (y >= frame["top"])
        & (y <= frame["bottom"])
    )
    points = np.stack([x[inside], y[inside]], axis=1).round().astype(int)
    if not len(points):
        return 1.0
    points = points[:: max(1, len(points) // 60)]
    hits = [
        painted[
            max(v - reach, 0) : v + reach + 1, max(u - reach, 0) : u + reach + 1
        ].any()
        for u, v in points
    ]
    return float(np.mean(hits))


def _line(
    image: np.ndarray, frame: dict[str, Any], mark: dict[str, Any], numbers: np.ndarray
) -> float:
    y = _taken(numbers, mark["y"])
    if np.isfinite(y).sum() < 2:
        return 1.0  # a point is no line yet
    places = _places(frame, _taken(numbers, mark["x"]), y)
    reach = 8 if mark["dashed"] or mark["dotted"] else 2
    return _near(_is_colour(image, mark["role"]), frame, *places, reach)


def _bars(
    image: np.ndarray, frame: dict[str, Any], mark: dict[str, Any], numbers: np.ndarray
) -> float:
    edges = _taken(numbers, mark["edges"])
    middle = (edges[1:] + edges[:-1]) / 2
    x, top = _places(frame, middle, _taken(numbers, mark["heights"]))
    painted = _is_colour(image, mark["role"])
    if not mark["filled"]:
        return _near(painted, frame, x, top, 2)
    high = (frame["bottom"] - top > 6) & (top > frame["top"] + 3)
    if not high.any():
        return 1.0
    u, v = np.floor(x[high]).astype(int), top[high].round().astype(int)
    return float((painted[v + 3, u] & ~painted[v - 3, u]).mean())


def _stems(
    image: np.ndarray, frame: dict[str, Any], mark: dict[str, Any], numbers: np.ndarray
) -> float:
    places = _places(frame, _taken(numbers, mark["x"]), _taken(numbers, mark["y"]))
    return _near(_is_colour(image, mark["role"]), frame, *places, 2)


def _heat(
    image: np.ndarray, frame: dict[str, Any], mark: dict[str, Any], numbers: np.ndarray
) -> float:
    rows, columns = mark["shape"]
    share = _taken(numbers, mark["values"]).reshape(rows, columns) / mark["limit"]
    share = np.clip(share, -1, 1)[..., None]
    low, zero, high = (
        np.array([int(palette.light()[role][i : i + 2], 16) for i in (1, 3, 5)])
        for role in ("low", "zero", "high")
    )
    expected = zero + np.where(share < 0, low - zero, high - zero) * np.abs(share)
    width, height = frame["right"] - frame["left"], frame["bottom"] - frame["top"]
    u = (frame["left"] + (np.arange(columns) + 0.5) * width / columns).astype(int)
    v = (frame["top"] + (np.arange(rows) + 0.5) * height / rows).astype(int)
    off = np.abs(image[v[:, None], u[None, :]] - expected).max(axis=2)
    return float((off < 12).mean())


SERIES = {"line": _line, "bars": _bars, "stems": _stems, "heat": _heat}
