"""Providers: their care teams, their absences, and the calls that they expect."""
