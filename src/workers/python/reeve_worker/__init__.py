"""The shim: what Reeve runs inside a Python process, around the operator's application.

Reading order: __main__ (a process's life), spawner, loading, worker, serve, channel, wsgi,
response; below them control, request_frames, own_descriptors, signals, lifeline and title.
Standard library only, Python 3.9 or later.
"""
