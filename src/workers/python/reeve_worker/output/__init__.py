"""What the application prints and logs, and what the shim says: the log and the journal."""
