"""What all Python processes share, in the memory file of the master: regions, locks, a scoreboard.

The file is the master's (descriptor 5), so it outlives workers, spawners and reloads. No operation
asks another process. Reading order: memory, c_library, mutex,
scoreboard.
"""
