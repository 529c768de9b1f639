"""A schema of pandera as one check: each failure case is a finding of its row, column and value."""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd

from helpers.data.checks.check import Check

WRONG = ["position", "column", "value", "message"]


def is_schema(value: Any) -> bool:
    """Whether a value is a schema of pandera: a DataFrameSchema, or a class of DataFrameModel."""
    if "pandera" not in sys.modules:
        return False
    import pandera.pandas as pa

    return isinstance(value, pa.DataFrameSchema) or (
        isinstance(value, type) and issubclass(value, pa.DataFrameModel)
    )


def from_schema(schema: Any, severity: str = "warning") -> Check:
    """Return a check that finds whatever a schema of pandera refuses."""
    made: Any = schema.to_schema() if hasattr(schema, "to_schema") else schema
    name = made.name or "schema"
    return Check(name, lambda rows: _failures(made, rows), "must be as the schema says", severity)


def _failures(schema: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the schema refuses: position in the table (missing: all of it), column, value, message."""
    from pandera.errors import SchemaError, SchemaErrors

    placed = rows.reset_index(drop=True)
    try:
        schema.validate(placed, lazy=True)
        return pd.DataFrame(columns=WRONG)
    except SchemaErrors as error:
        cases = error.failure_cases
    except SchemaError as error:
        return pd.DataFrame([[None, None, None, str(error).splitlines()[0]]], columns=WRONG)
    cases = cases.drop_duplicates(["index", "column", "check"])
    of_row = cases["schema_context"].eq("Column") & cases["column"].isin(rows.columns)
    told = cases["check"].map(lambda check: f"must hold: {check}")
    return pd.DataFrame(
        {
            "position": pd.to_numeric(cases["index"], errors="coerce").astype("Int64"),
            "column": cases["column"].where(of_row, None),
            "value": cases["failure_case"],
            "message": told,
        }
    )
