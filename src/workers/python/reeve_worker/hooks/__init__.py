"""Hooks of the spawner and its workers."""
