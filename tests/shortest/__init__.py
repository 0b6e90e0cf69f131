"""Tests of the shortest proved forms."""
