"""Families of the module `uwsgi` that work on shared memory (`reeve_worker/state`)."""
