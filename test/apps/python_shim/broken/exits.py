"""An application that does not load."""

raise SystemExit(3)
