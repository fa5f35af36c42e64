"""Loading the application: finding it, importing it, and saying why it cannot be served.

Reading order: application, callables, load_failure, module_files.
"""
