"""The application of the package."""

from says_hello import application  # noqa: F401
