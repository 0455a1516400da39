"""Recording a call from a flow: what the kinds that begin one share.

The phase "recording" is written with the file's path before the recording begins: whoever takes the call over begins it
again on the same path, which changes nothing where it is under way.
"""

from __future__ import annotations

from pathlib import Path

from controller.calls.call import Call, RecordingState
from controller.flows.clinic import Clinic

PHASE = "recording"


def begin(call: Call, clinic: Clinic) -> None:
    """Record the call from here on: goes on with a paused recording, begins a new one otherwise."""
    state = call.mark.recording_state
    if state == RecordingState.ON:
        return
    if state == RecordingState.OFF or call.mark.recording is None:
        call.mark.recording = str(clinic.recording_path(call.id, call.now()))
    call.phase(PHASE)
    go_on(call)


def go_on(call: Call) -> None:
    """Record as the phase "recording" says."""
    assert call.mark.recording is not None
    call.set_recording(RecordingState.ON, Path(call.mark.recording))
    call.mark.recording_state = RecordingState.ON.value
    call.note("recording", state=RecordingState.ON.value)
