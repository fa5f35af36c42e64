"""Caches and tasks on a server that several machines share: Redis, or Valkey.

The client library is the application's: the package `redis` or `valkey` of its environment, which
is imported when it is first needed. Reading order: connection, tasks, watch, cache.
"""
