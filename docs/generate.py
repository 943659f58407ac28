"""Write the reference pages from the code: ``python -m docs.generate``. A test fails when they have drifted."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import typer
from pydantic import BaseModel

import riskscreen
from riskscreen import bi, errors, settings
from riskscreen.bi.layout import STAR, Field, StarTable
from riskscreen.cli import app
from riskscreen.registers.schemas import schemas
from riskscreen.stressors import catalogue_page, load_catalogue
from tests.spec.stressor_examples import CHAPTERS, COUPLE_AND_SINGLE, Example

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- made by `make docs`; do not edit -->\n"


def commands_page() -> str:
    """Every command with its help."""
    parts = [f"{MADE}# Commands\n\nEvery command has `--help`. Exit codes stand at the end."]
    for path, command in sorted(_commands(typer.main.get_command(app), ())):
        context = command.make_context(path[-1], [], resilient_parsing=True)
        options = [line for p in command.params if (line := p.get_help_record(context))]
        rows = "\n".join(f"| `{name}` | {text} |" for name, text in options if not name.startswith("--help"))
        table = f"\n\n| option | meaning |\n|---|---|\n{rows}" if rows else ""
        help_text = inspect.cleandoc(command.help or "").replace("Example: ", "Example: `").replace("\\\n", "")
        help_text = "\n".join(f"{line}`" if line.startswith("Example: `") else line for line in help_text.splitlines())
        parts.append(f"## `riskscreen {' '.join(path)}`\n\n{help_text}{table}")
    parts.append(_exit_codes())
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Every key of a scenario file, with type, default and meaning."""
    parts = [f"{MADE}# Settings\n\nOne scenario file (YAML, `schema: scenario/1`). An unknown key is an error."]
    parts.append(_model(settings.Scenario, ""))
    return "\n\n".join(parts) + "\n"


def registers_page() -> str:
    """Every register with its columns."""
    parts = [f"{MADE}# Registers\n\nWhat each register may hold. Obligatory: persons, household_spells and reports."]
    for register in schemas().values():
        rows = "\n".join(
            f"| `{c.name}` | {c.type} | {c.meaning.en} / {c.meaning.nl} | {c.unit} | {c.sensitivity} | {c.channel} |"
            for c in register.columns
        )
        head = "| column | type | meaning | unit | sensitivity | channel |\n|---|---|---|---|---|---|"
        parts.append(f"## {register.name}\n\n{register.meaning.en} / {register.meaning.nl}\n\n{head}\n{rows}")
    return "\n\n".join(parts) + "\n"


def python_page() -> str:
    """Every public name of the package."""
    parts = [f"{MADE}# Python\n\n`import riskscreen` costs nothing; each name is loaded on use."]
    for name in sorted(riskscreen.__all__):
        thing = getattr(riskscreen, name)
        if not callable(thing):
            continue
        parts.append(_public(name, thing))
    return "\n\n".join(parts) + "\n"


def bi_page() -> str:
    """Every table and field of the star schema, and every public name of ``riskscreen.bi``."""
    parts = [
        f"{MADE}# The star schema\n\nWhat `riskscreen bi` writes; how to use it stands in "
        "[Released tables in your BI tool](../how-to/bi.md). Fields in **bold** identify a row. `latest` and "
        "`latest_totals` are `facts` and `totals` of the newest release that holds, joined with all names."
    ]
    for table in STAR:
        rows = "\n".join(_star_field(table, field) for field in table.fields)
        head = "| field | type | meaning | points to |\n|---|---|---|---|"
        parts.append(f"## {table.name}\n\n{table.title.en} / {table.title.nl}\n\n{head}\n{rows}")
    parts.append("## From Python\n\n`from riskscreen import bi`")
    parts += [_public(name, getattr(bi, name)) for name in bi.__all__ if callable(getattr(bi, name))]
    return "\n\n".join(parts) + "\n"


def examples_page() -> str:
    """Small tables of events and the levels they give: the spec tests of the stressors themselves."""
    names = {definition.id: definition.stressor.name.en for definition in load_catalogue("all")}
    parts = [
        f"{MADE}# Stressors by example\n\nEvery table here is a test that runs on the SQL and on a slow second "
        "implementation in plain Python. The index date is **1 January 2024** throughout; `-` is unknown, and as a "
        "level it is *not covered*. What a row does not say is unknown, and it was recorded on the day itself.\n\n"
        f"Where no families are named they are these:\n\n{_markdown(COUPLE_AND_SINGLE)}"
    ]
    for chapter, examples in CHAPTERS.items():
        parts.append(f"## {chapter}")
        parts += [_example(example, names[example.stressor]) for example in examples]
    return "\n\n".join(parts) + "\n"


def _star_field(table: StarTable, field: Field) -> str:
    mark = "**" if field.name in table.key else ""
    to = f"`{table.links[field.name]}`" if field.name in table.links else ""
    return f"| {mark}`{field.name}`{mark} | {field.type} | {field.title.en} / {field.title.nl} | {to} |"


def _public(name: str, thing: Any) -> str:
    signature = re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", f"{name}{inspect.signature(thing)}")
    return f"## `{name}`\n\n```python\n{signature}\n```\n\n{inspect.getdoc(thing)}"


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "registers.md": registers_page,
    "stressors.md": lambda: MADE + catalogue_page(load_catalogue("all")),
    "stressors-by-example.md": examples_page,
    "python.md": python_page,
    "bi.md": bi_page,
}


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _example(example: Example, name: str) -> str:
    parts = [f"**{name}** (`{example.stressor}`). {example.says}"]
    cover = [f"`{register}` covers {first} up to {last}." for register, (first, last) in example.coverage.items()]
    cover += [f"Form of family `{family}`: `{form}`." for family, form in example.forms.items()]
    parts += [" ".join(cover)] if cover else []
    parts += [f"The families:\n\n{_markdown(example.people)}"] if example.people != COUPLE_AND_SINGLE else []
    parts += [f"Register `{register}`:\n\n{_markdown(text)}" for register, text in example.events.items()]
    parts.append(f"The level of each family:\n\n{_markdown(example.levels)}")
    return "\n\n".join(parts)


def _markdown(text: str) -> str:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _exit_codes() -> str:
    rows = [
        f"| {kind.exit_code} | {(inspect.getdoc(kind) or '').splitlines()[0]} |"
        for kind in sorted(errors.RiskscreenError.__subclasses__(), key=lambda kind: kind.exit_code)
    ]
    return "## Exit codes\n\n| code | when |\n|---|---|\n| 0 | done |\n| 1 | our bug |\n" + "\n".join(rows)


def _model(model: type[BaseModel], prefix: str) -> str:
    rows, inner = [], []
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        nested = [m for m in (field.annotation, *get_args(field.annotation))
                  if isinstance(m, type) and issubclass(m, BaseModel)]  # fmt: skip
        default = "obligatory" if field.is_required() else "" if nested else f"`{_plain(field.default)}`"
        kind = str(field.annotation).replace("typing.", "").replace("pathlib.", "").replace("datetime.", "")
        kind = nested[0].__doc__ if nested else f"`{kind}`".replace("<class '", "").replace("'>", "")
        rows.append(f"| `{key}` | {str(kind).replace('|', 'or')} | {default} | {field.description or ''} |")
        inner += [_model(m, f"{key}.") for m in nested]
    head = f"## {prefix.rstrip('.') or 'top level'}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
    return "\n\n".join([head + "\n".join(rows), *inner])


def _plain(value: Any) -> str:
    return value.as_posix() if isinstance(value, Path) else repr(value)


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
