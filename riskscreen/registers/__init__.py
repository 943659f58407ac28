"""Registers: their schemas, opening them, mapping own columns, checking them, the lawful basis. Knows no maker."""

from riskscreen.registers.area_codes import AreaCodes, check_area_codes, compare_area_codes
from riskscreen.registers.checking import CheckReport, Finding, check
from riskscreen.registers.coverage import coverage_table
from riskscreen.registers.handle import Coverage, Registers
from riskscreen.registers.manifest import Entry, Manifest
from riskscreen.registers.opening import open_registers
from riskscreen.registers.schemas import ColumnSchema, RegisterSchema, column_types, schema, schemas
from riskscreen.registers.starting import init

__all__ = [
    "AreaCodes",
    "CheckReport",
    "ColumnSchema",
    "Coverage",
    "Entry",
    "Finding",
    "Manifest",
    "RegisterSchema",
    "Registers",
    "check",
    "check_area_codes",
    "column_types",
    "compare_area_codes",
    "coverage_table",
    "init",
    "open_registers",
    "schema",
    "schemas",
]
