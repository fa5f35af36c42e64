"""What the application prints and logs, as records: of the journal, and of the log helper."""
