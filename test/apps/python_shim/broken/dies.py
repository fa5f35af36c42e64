"""Kills its own process while it is imported."""

import os

os._exit(5)
