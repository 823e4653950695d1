"""The columns of every table as documentation, made from the schema: ``python -m graphsvc.columns docs/sources.md``."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

from graphsvc.model import FACT_KINDS, TABLES, Label, Row, arrow_schema, personal_columns, required_columns

BEGIN, END = "<!-- columns: made from graphsvc/model.py -->", "<!-- columns: end -->"
_TYPES = {pa.string(): "text", pa.float64(): "number", pa.bool_(): "yes/no"}


def documentation() -> str:
    """Markdown: one table of columns per table of the model, then the fact kinds."""
    parts = [_table(model) for model in TABLES.values()]
    return "\n\n".join([*parts, _fact_kinds()])


def _table(model: type[Row]) -> str:
    required, personal = required_columns(model), personal_columns(model)
    lines = [f"### {model.TABLE}", "", "| column | type | required | personal | meaning |", "|---|---|---|---|---|"]
    for column, field in zip(arrow_schema(model), model.model_fields.values(), strict=True):
        marks = ("yes" if column.name in names else "" for names in (required, personal))
        kind = _TYPES.get(column.type, "time")
        lines.append(" | ".join(("| `" + column.name + "`", kind, *marks, (field.description or "") + " |")))
    return "\n".join(lines)


def _fact_kinds() -> str:
    def labels(of: tuple[Label, ...]) -> str:
        return " or ".join(label.name.lower() for label in of)

    lines = ["### Fact kinds", "", "| kind | subject | object |", "|---|---|---|"]
    lines += [
        f"| `{kind}` | {labels(subject)} | {labels(object_)} |" for kind, (subject, object_) in FACT_KINDS.items()
    ]
    return "\n".join(lines)


def in_step(text: str) -> str:
    """A document with the part between the marks made anew.

    Raises
    ------
    ValueError
        When the marks are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the document has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{documentation()}\n\n{END}{after}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(in_step(target.read_text(encoding="utf-8")), encoding="utf-8")
