"""Registers: their schemas, opening them, mapping own columns, checking them, the lawful basis. Knows no maker."""

from riskscreen.registers.handle import Coverage, Registers
from riskscreen.registers.manifest import Entry, Manifest
from riskscreen.registers.opening import open_registers
from riskscreen.registers.schemas import ColumnSchema, RegisterSchema, column_types, schema, schemas

__all__ = [
    "ColumnSchema",
    "Coverage",
    "Entry",
    "Manifest",
    "RegisterSchema",
    "Registers",
    "column_types",
    "open_registers",
    "schema",
    "schemas",
]
