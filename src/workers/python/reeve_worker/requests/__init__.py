"""Requests: slots, their channels, and the call of the application."""
