"""The places of the clinic."""
