"""The training monitor on a training loop that the reader has written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from paramlab.frameworks.protocol import Net, NotAllocated
from paramlab.widgets import controls
from paramlab.widgets.gate import Gate
from paramlab.widgets.monitor import Monitor
from paramlab.widgets.monitor_scene import State
from paramlab.widgets.recording import Recording
from paramlab.widgets.scene import Scene
from paramlab.widgets.view import Knob

INTERVAL = 0.1  # seconds between two pictures, at least
SHARE = 10  # drawing takes one part in so many of a loop's time, at most


class LoopMonitor(Monitor):
    """Shows what a loop tells it, while the loop runs and after.

    Its buttons work during the loop where widgets' messages are handled on a
    thread of their own, as JupyterLab has it. Nothing waits anywhere else.
    """

    def __init__(
        self,
        net: Net,
        steps: int,
        view: str | None,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        self.net = net
        self.gate = Gate()
        self.missing = ""  # why the network has no values yet
        self._running = False  # in the cell that runs now
        self._waiting = False  # while it is paused
        self._following = True  # the slider goes along with the loop
        self._deaf = False  # a click came only after the cell
        self._next = 0.0  # when to draw again
        self._expected = steps
        self._make_slider(steps)
        try:
            self._begin(Recording(self.framework, net))
        except NotAllocated as error:
            self.missing = str(error)
        self.pause = controls.button("", "pause", self.say("monitor.pause-hint"))
        self._name_pause()
        self.pause.on_click(lambda clicked: self._pause())
        self.forward.on_click(lambda clicked: self._forward())
        self.press(self.again, self.restart)
        self.follow(self.step, self._move)
        row = controls.row(self.pause, self.forward, self.again)
        self.show([row, controls.panel(self.step, self.which), self.progress], view)
        self._listen()

    def record(self, loss: Any, gradients: Sequence[Any] | None = None) -> None:
        """Note a step of a training, and show it: the last line of the loop.

        ``loss`` is a number or a tensor, of which the mean is taken.
        ``gradients`` are what ``tape.gradient`` has returned, in the order of
        the network's trained parameters; other frameworks' parameters hold
        theirs. The loop waits here while it is paused.
        """
        if self.missing:
            self._begin(Recording(self.framework, self.net, late=True))
            self.missing = ""
        self.recording.add(loss, gradients)
        if not self._running:
            self._running = self._main.after_cell(self._ended)
        self._main.catch_up()
        finished = self.recording.steps == self._expected
        if finished or time.monotonic() >= self._next:
            self._draw()
        self._listen()
        try:
            self.gate.wait(self._meanwhile)
        finally:
            self._waiting = False

    def restart(self) -> None:
        """Put the network back to the values that it had at the start.

        What the optimizer remembers, such as running means, stays.
        """
        if self.missing:
            return
        self.recording.restart()
        self._following = True
        self._deaf = False
        self._draw()

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        if not self.missing:
            return super().scene()
        note = self.say("monitor.not-allocated", reason=self.missing)
        return Scene(title=self.say("monitor.title"), summary=note, note=note)

    def redraw(self) -> None:
        """Send the scene of this moment to the browser."""
        if not self.missing:
            super().redraw()

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view."""
        return {} if self.missing else super().knobs()

    def settle(self) -> None:
        """Leave the slider where there is something to show."""
        self._look_at(self.step.value)

    def _notice(self, state: State) -> str:
        if self._waiting:
            return self.say("monitor.paused")
        if self._deaf:
            return self.say("monitor.deaf")
        if state.broken is not None:
            return self.say("monitor.own-broken", step=state.broken)
        if not self.recording.steps:
            return self.say("monitor.waiting")
        return super()._notice(state)

    # What a loop does

    def _begin(self, recording: Recording) -> None:
        self.recording = recording
        self._list_groups()

    def _draw(self) -> None:
        start = time.monotonic()
        steps = self.recording.steps
        with self.quietly():
            while steps > self.step.max:
                self.step.max = self.progress.max = 2 * self.step.max
            if self._following:
                self.step.value = steps
        self.redraw()
        now = time.monotonic()
        self._next = now + max(INTERVAL, SHARE * (now - start))

    def _meanwhile(self) -> None:
        """Show where the loop waits, and do what is asked for."""
        if not self._waiting:
            self._waiting = True
            self._draw()
        self._main.catch_up()
        self._listen()

    def _listen(self) -> None:
        """Let what is moved be heard beside the cell, as the page asks for it.

        Since 7.4 ipykernel hands an answer to the thread that has last written
        to a control, which is the one that the loop keeps busy.
        """
        for control in (self.pause, self.forward, self.again, self.step, self.which):
            if control.comm is not None:
                vars(control.comm).pop("_reply_subshell_id", None)

    def _ended(self) -> None:
        """Show the last step, once the cell with the loop is done."""
        self._running = False
        self.gate.open()
        self._name_pause()
        self.step.max = self.progress.max = max(self._expected, self.recording.steps)
        self._draw()
        self._listen()

    # What buttons and slider do

    def _pause(self) -> None:
        """Close the gate or open it, from the thread that hears of clicks."""
        if self._main.is_here:  # nobody would hear the click that opens it
            self._deaf = True
            self.redraw()
            return
        self._deaf = False
        if self.gate.closed:
            self._following = True
            self.gate.open()
        else:
            self.gate.close()
        self._name_pause()

    def _name_pause(self) -> None:
        key = "continue" if self.gate.closed else "pause"
        self.pause.description = self.say(f"monitor.{key}")
        self.pause.icon = "play" if self.gate.closed else "pause"

    def _forward(self) -> None:
        """Let a running loop take one step; else look at the next one."""
        if not self._running or self._main.is_here:
            self._main.run(lambda: self._move(self.step.value + 1))
        elif self.gate.closed:
            self._following = True
            self.gate.let_one()
        else:
            self.gate.close()
            self._name_pause()

    def _move(self, step: int) -> None:
        self._look_at(step)
        self.redraw()

    def _look_at(self, step: int) -> None:
        if self.missing:
            return
        steps = self.recording.steps
        with self.quietly():
            self.step.value = min(step, steps)
        self._following = self.step.value == steps
