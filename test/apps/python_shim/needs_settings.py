"""A factory that cannot be called without arguments."""

from __future__ import annotations

from typing import Any


def create_app(name: str, *, debug: bool, language: str = 'en') -> Any: ...
