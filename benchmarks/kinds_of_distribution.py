"""Which kind of distribution is taken for which: samples of a thousand values, drawn as the tests say."""

import runpy
from pathlib import Path

import pandas as pd
from table import Line, markdown

TESTS = Path(__file__).parents[1] / "tests" / "data" / "test_distributions.py"
SAMPLES, SEED = 50, 2024


def confusion(samples: int = SAMPLES, seed: int = SEED) -> pd.DataFrame:
    """Return how many samples of each kind (rows) were told to be of each (columns)."""
    from helpers.data.distributions import kind_of

    made = runpy.run_path(str(TESTS))
    told = [(k, kind_of(made["drawn"](k, n, seed)).kind) for k in made["DRAWN"] for n in range(samples)]
    true, found = zip(*told, strict=True)
    return pd.crosstab(pd.Series(true, name="drawn"), pd.Series(found, name="told"))


def measure() -> list[Line]:
    """Return the share told right, of all samples and of each kind."""
    table = confusion()
    right = {kind: table.at[kind, kind] / table.loc[kind].sum() for kind in table.index}
    total = sum(table.at[kind, kind] for kind in table.index) / table.to_numpy().sum()
    lines = [
        Line(f"kind of distribution, {kind}: told right", 100 * share, "%", None)
        for kind, share in right.items()
    ]
    return [
        *lines,
        Line(
            f"kind of distribution of {table.to_numpy().sum()} samples: told right",
            100 * total,
            "%",
            95,
            True,
        ),
    ]


if __name__ == "__main__":
    print(confusion().to_string(), end="\n\n")
    print(markdown(measure()))
