"""Which of a notebook's cells must run before others can: a slice by names."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager


@dataclass(frozen=True)
class Names:
    """What a cell binds at its top level, and which outer names it reads."""

    bound: frozenset[str]
    fixed: frozenset[str]  # bound by import, def or class: nothing changes them
    read: frozenset[str]
    acts: bool  # calls something, or sets a part of an object


def names(source: str) -> Names:
    """Return a cell's names; raises SyntaxError where it is not Python."""
    code = TransformerManager().transform_cell(source)
    top = symtable.symtable(code, "cell", "exec")
    bound = {symbol.get_name() for symbol in top.get_symbols() if _binds(symbol)}
    fixed = {symbol.get_name() for symbol in top.get_symbols() if _fixes(symbol)}
    return Names(
        bound=frozenset(bound),
        fixed=frozenset(fixed),
        read=frozenset(_read(top)) - set(dir(builtins)),
        acts=any(map(_acts, ast.walk(ast.parse(code)))),
    )


def _binds(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def _fixes(symbol: symtable.Symbol) -> bool:
    return symbol.is_imported() or symbol.is_namespace()


def _read(table: symtable.SymbolTable) -> set[str]:
    outer = table.get_type() == "module"
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (outer or symbol.is_global())
    }
    return found.union(*map(_read, table.get_children()))


def _acts(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute | ast.Subscript):
        return not isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Call)


def needed(sources: Sequence[str], shown: Collection[int]) -> list[int]:
    """Return the numbers of the cells that must run before those shown.

    A cell must run if it binds a name that a later one reads, or does something
    with an object that a later one reads: it may change it, as
    ``net.initialize()`` does. What is imported or defined is no such object.
    """
    cells = [names(source) for source in sources]
    fixed = frozenset[str]().union(*(cell.fixed for cell in cells))
    wanted: set[str] = set()
    found = []
    for number in reversed(range(len(cells))):
        cell = cells[number]
        if number in shown:
            wanted |= cell.read
        elif cell.bound & wanted or (cell.acts and cell.read & wanted - fixed):
            wanted |= cell.read
            found.append(number)
    return found[::-1]
