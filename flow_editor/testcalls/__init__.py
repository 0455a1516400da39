"""Test calls from the browser: made on the practice switch, walked by the controller for test calls, shown as they go."""
