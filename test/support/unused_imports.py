"""Prints `file:line: name` for each name that a Python file of the arguments imports in vain."""

from __future__ import annotations

import ast
import sys


def unused(source: str) -> list[tuple[int, str]]:
    """The lines and names of the imports that nothing refers to."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    return [
        (statement.lineno, name)
        for statement in imports
        if getattr(statement, 'module', '') != '__future__'
        for name in [(one.asname or one.name).partition('.')[0] for one in statement.names]
        if name not in used
    ]


for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as file:
        for line, name in unused(file.read()):
            print(f'{path}:{line}: {name}')
