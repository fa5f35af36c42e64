"""An application that does not load."""

def broken(:
