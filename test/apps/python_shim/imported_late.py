"""Not an application: what imports_later.py imports in its first request."""

TEXT = b'late'
