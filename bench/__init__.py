"""Timings, each script one question; they print tables and assert nothing."""
