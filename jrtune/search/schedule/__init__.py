"""Schedules: rungs and the reference point. Nothing is asked or trained here."""
