"""Registers as they come, read into the raw layer."""
