"""Prints `file:line: …` for imports in vain and for functions longer than the first argument."""

from __future__ import annotations

import ast
import sys


def unused(nodes: list[ast.AST]) -> list[tuple[int, str]]:
    """The lines and names of the imports that nothing refers to."""
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    return [
        (statement.lineno, f'{name} is imported in vain')
        for statement in imports
        if getattr(statement, 'module', '') != '__future__'
        for name in [(one.asname or one.name).partition('.')[0] for one in statement.names]
        if name not in used
    ]


def long(nodes: list[ast.AST], lines_max: int) -> list[tuple[int, str]]:
    """The lines and names of the functions that do not fit on a screen."""
    return [
        (node.lineno, f'{node.name} has {lines} lines')
        for node in nodes
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for lines in [(node.end_lineno or 0) - node.lineno + 1]
        if lines > lines_max
    ]


for path in sys.argv[2:]:
    with open(path, encoding='utf-8') as file:
        found = list(ast.walk(ast.parse(file.read())))
    for line, words in unused(found) + long(found, int(sys.argv[1])):
        print(f'{path}:{line}: {words}')
