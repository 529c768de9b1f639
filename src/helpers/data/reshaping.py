"""The table steps, each a function from the query before it to the query after it.

A function gets the query, its columns (name -> DuckDB type), the name of the column that holds the row's place in the
source, and its parameters; it must keep that place. Names and values of a person are quoted, never run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from helpers.errors import BadInput
from helpers.recipe.parameters import Between, Parameter, declared

Columns = Mapping[str, str]
Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
Figure = Literal["count", "distinct", "sum", "mean", "median", "std", "min", "max", "most_frequent"]
Past = Literal["mean", "sum", "min", "max", "std", "count"]
FIGURES = {
    "count": "count({})", "distinct": "count(DISTINCT {})", "sum": "sum(CAST({} AS DOUBLE))",
    "mean": "avg({})", "median": "median({})", "std": "stddev_pop({})", "min": "min({})", "max": "max({})",
    "most_frequent": "mode({})",
}  # fmt: skip
MOST_LEVELS = 200
STEPS: dict[str, TableStep] = {}


@dataclass(frozen=True)
class TableStep:
    """A registered table step.

    named       parameters that hold names of columns
    looks_back  whether a row tells of other rows that stay rows, so that the split must keep them apart
    """

    name: str
    query: Callable[..., str]
    named: tuple[str, ...]
    looks_back: bool
    parameters: dict[str, Parameter]

    @property
    def summary(self) -> str:
        """The first line of what its author wrote about it."""
        return (self.query.__doc__ or "").partition("\n")[0]

    def columns(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return the columns that the parameters name."""
        found: list[str] = []
        for name in self.named:
            value = parameters[name]
            found += [value] if isinstance(value, str) else list(value or [])
        if self.name == "aggregate":
            found += [name for figure in parameters["figures"].values() for name in figure[1:]]
        return found

    def settled(self, parameters: dict[str, Any], ask: Callable[[str], list], query: str) -> dict[str, Any]:
        """Return the parameters with what only the table can tell, so that new tables get the same columns."""
        if self.name != "pivot" or parameters["levels"] is not None:
            return parameters
        column = quoted(parameters["column"])
        wanted = f"SELECT DISTINCT CAST({column} AS VARCHAR) v FROM ({query}) WHERE {column} IS NOT NULL"
        levels = [level for (level,) in ask(f"{wanted} ORDER BY v LIMIT {MOST_LEVELS + 1}")]
        if len(levels) > MOST_LEVELS:
            raise BadInput(
                f"{parameters['column']!r} has more than {MOST_LEVELS} levels; name those wanted: levels"
            )
        return parameters | {"levels": levels}


def quoted(name: str) -> str:
    """Return a name of a column as SQL has it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def table_step(*named: str, looks_back: bool = False) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register a table step; named are the parameters that hold names of columns."""

    def register(function: Callable[..., str]) -> Callable[..., str]:
        name = function.__name__
        STEPS[name] = TableStep(name, function, named, looks_back, declared(function))
        return function

    return register


@table_step("column")
def keep_rows(
    before: str, columns: Columns, place: str, *, column: str, compare: Comparison, value: float | str
) -> str:
    """Keep the rows in which a column compares so with a value: who the model is for; a missing one does not."""
    if isinstance(value, str) == _is_number(columns[column]):
        raise BadInput(f"the value {value!r} is not of the kind of {column!r}")
    sign = {"==": "=", "!=": "<>"}.get(compare, compare)
    return f"SELECT * FROM ({before}) WHERE {quoted(column)} {sign} {_literal(value)}"


@table_step()
def distinct_rows(before: str, columns: Columns, place: str) -> str:
    """Keep the first of rows that are equal in every column."""
    by = _list(c for c in columns if c != place)
    return _first(before, by, quoted(place))


@table_step("by", "order")
def latest(before: str, columns: Columns, place: str, *, by: list[str], order: str) -> str:
    """Keep the last row of each group, in the order of a column."""
    return _first(before, _list(by), f"{quoted(order)} DESC NULLS LAST, {quoted(place)} DESC")


@table_step("by")
def aggregate(
    before: str, columns: Columns, place: str, *, by: list[str], figures: dict[str, list[str]]
) -> str:
    """Make one row of each group, with figures (new name: [sum, column], or [count]) of its rows."""
    made = [f"{_figure(name, told)} AS {quoted(name)}" for name, told in figures.items()]
    return _grouped(before, place, by, made)


@table_step("by", "column", "value")
def pivot(
    before: str,
    columns: Columns,
    place: str,
    *,
    by: list[str],
    column: str,
    value: str,
    figure: Figure = "sum",
    levels: list[str] | None = None,
) -> str:
    """Make one row of each group, with a column for each level of another: the figure of a value there.

    Without levels those of the table at hand are taken, and kept for later tables.
    """
    told = FIGURES[figure].format(quoted(value))
    made = [
        f"{told} FILTER (CAST({quoted(column)} AS VARCHAR) = {_literal(level)}) AS {quoted(f'{value}_{level}')}"
        for level in levels or []
    ]
    return _grouped(before, place, by, made)


@table_step("of")
def unpivot(before: str, columns: Columns, place: str, *, of: list[str], name: str, value: str) -> str:
    """Make a row of each of some columns: name says which one it was, value what it held; missing ones make none."""
    rest = _list(c for c in columns if c not in (*of, place))
    parts = [
        f"SELECT {rest}{', ' if rest else ''}{_literal(c)} AS {quoted(name)}, {quoted(c)} AS {quoted(value)}, "
        f"{quoted(place)} * {len(of)} + {n} AS {quoted(place)} FROM ({before}) WHERE {quoted(c)} IS NOT NULL"
        for n, c in enumerate(of)
    ]
    return " UNION ALL ".join(parts)


@table_step("of", "by", "order", looks_back=True)
def lag(
    before: str,
    columns: Columns,
    place: str,
    *,
    of: list[str],
    order: str,
    by: list[str] | None = None,
    rows: Annotated[int, Between(1)] = 1,
) -> str:
    """Add what columns held some rows before, in the same group and the order of a column, as name_lag1."""
    window = _window(by, order, place)
    made = [f"lag({quoted(c)}, {rows}) OVER {window} AS {quoted(f'{c}_lag{rows}')}" for c in of]
    return f"SELECT *, {', '.join(made)} FROM ({before})"


@table_step("by", "order", looks_back=True)
def since_previous(
    before: str, columns: Columns, place: str, *, order: str, name: str, by: list[str] | None = None
) -> str:
    """Add the days since the row before, in the same group and the order of a date."""
    _must_be_date(order, columns)
    window = _window(by, order, place)
    days = f"epoch({quoted(order)} - lag({quoted(order)}) OVER {window}) / 86400"
    return f"SELECT *, {days} AS {quoted(name)} FROM ({before})"


@table_step("of", "by", "order", looks_back=True)
def rolling(
    before: str,
    columns: Columns,
    place: str,
    *,
    of: list[str],
    order: str,
    by: list[str] | None = None,
    rows: Annotated[int, Between(1)] | None = None,
    days: Annotated[float, Between(0)] | None = None,
    figures: list[Past] | None = None,
) -> str:
    """Add figures of the rows before, in the same group: the last so many rows, or those of so many days before.

    The row itself never counts; with days, nor do rows of the same moment. Columns are named name_mean_7rows or
    name_mean_7days.
    """
    if (rows is None) == (days is None):
        raise BadInput("either rows or days must be given")
    order_by, label = f"{quoted(order)}, {quoted(place)}", f"{rows}rows"
    span = f"ROWS BETWEEN {rows} PRECEDING AND 1 PRECEDING"
    if days is not None:
        _must_be_date(order, columns)
        micros = round(days * 86_400_000_000)
        order_by, label = quoted(order), f"{days:g}days"
        span = f"RANGE BETWEEN to_microseconds({micros}) PRECEDING AND to_microseconds(1) PRECEDING"
    window = f"({_partition(by)}ORDER BY {order_by} {span})"
    made = [
        f"{FIGURES[f].format(quoted(c))} OVER {window} AS {quoted(f'{c}_{f}_{label}')}"
        for c in of
        for f in figures or ["mean"]
    ]
    return f"SELECT *, {', '.join(made)} FROM ({before})"


def _figure(name: str, told: list[str]) -> str:
    figure, *of = told or [""]
    if figure not in FIGURES or len(of) > 1 or (not of and figure != "count"):
        known = ", ".join(FIGURES)
        raise BadInput(f"the figure {name!r} must be [figure, column] or [count], the figure one of {known}")
    return FIGURES[figure].format(quoted(of[0]) if of else "*")


def _grouped(before: str, place: str, by: list[str], made: list[str]) -> str:
    if not by or not made:
        raise BadInput("by and the figures must name one at least")
    first = f"min({quoted(place)}) AS {quoted(place)}"
    return f"SELECT {_list(by)}, {', '.join(made)}, {first} FROM ({before}) GROUP BY {_list(by)}"


def _first(before: str, by: str, order: str) -> str:
    return f"SELECT * FROM ({before}) QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY {order}) = 1"


def _window(by: list[str] | None, order: str, place: str) -> str:
    return f"({_partition(by)}ORDER BY {quoted(order)}, {quoted(place)})"


def _partition(by: list[str] | None) -> str:
    return f"PARTITION BY {_list(by)} " if by else ""


def _list(names: Any) -> str:
    return ", ".join(map(quoted, names))


def _literal(value: float | str) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _is_number(kind: str) -> bool:
    return kind in ("DOUBLE", "FLOAT", "HUGEINT", "BOOLEAN") or "INT" in kind or kind.startswith("DECIMAL")


def _must_be_date(name: str, columns: Columns) -> None:
    if not columns[name].startswith(("TIMESTAMP", "DATE")):
        raise BadInput(f"column {name!r} is no date")
