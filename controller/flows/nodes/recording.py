"""Record the call, pause, or stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from controller.calls.bookmark import Phase
from controller.calls.call import Call, RecordingState
from controller.flows import recording
from controller.flows.clinic import Clinic
from controller.flows.registry import FAILED, Exit, Family, Node, Result, Undrawn
from controller.texts import T, Text

_SUMMARIES = {
    RecordingState.ON: T("Record from here on"),
    RecordingState.PAUSED: T("Pause the recording"),
    RecordingState.OFF: T("Stop recording"),
}


class Recording(Node):
    """Record the call from here on, pause, or stop.

    In many places callers must be told, or asked, first: use "Recording consent" for that. A pause leaves silence in the
    recording, so that its times stay right. "On" after a pause goes on with the same recording.
    """

    kind: ClassVar = "recording"
    family: ClassVar = Family.SHAPE
    title: ClassVar = T("Recording")
    purpose: ClassVar = T("Record the call from here on, pause, or stop.")
    icon: ClassVar = "microphone"

    state: RecordingState = Field(default=RecordingState.ON, title="The recording is")

    def exits(self) -> Sequence[Exit]:
        return [Exit("next", T("Next")), Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL)]

    def run(self, call: Call, clinic: Clinic) -> Result:
        if self.state is RecordingState.ON:
            recording.begin(call, clinic)
        elif self.state.value != call.mark.recording_state and call.mark.recording is not None:
            self._quieten(call, Path(call.mark.recording))
        return "next"

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        recording.go_on(call)
        return "next"

    def _quieten(self, call: Call, path: Path) -> None:
        """Pause or stop. Needs no phase: doing either twice is doing it once."""
        call.set_recording(self.state, path)
        call.mark.recording_state = self.state.value
        if self.state is RecordingState.OFF:
            call.mark.recording = None
        call.note("recording", state=self.state.value)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        return _SUMMARIES[self.state]
