"""An application that does not load."""

raise ZeroDivisionError('at import')
