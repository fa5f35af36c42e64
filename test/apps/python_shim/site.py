"""A module that has the name of one of Python's own."""

from says_hello import application  # noqa: F401
