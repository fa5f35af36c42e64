"""Work beside requests in processes with the application: mules and spoolers.

Reading order: process (the life of such a process), mule, spooler; below them task_files (uWSGI's
format of a task), and attempts (how often a task was tried, and when it is tried again).
"""
