"""A software switch that speaks FreeSWITCH's event socket over TCP: for the demo, test calls and the test suite.

It behaves as the captures in tests/captures/ show, and shares no code with the controller it is practised on.
"""
