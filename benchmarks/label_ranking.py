"""Is the known target ranked first? `label_ranking.py FOLDER`, with tables and an index.csv of name, target, task."""

import sys
import time
from pathlib import Path

import pandas as pd
from table import Line, markdown

ROOT = Path(__file__).parents[1]
SHIPPED = [
    ("telco_churn.csv.gz", "churn"),
    ("ames_housing.csv.gz", "Sale_Price"),
    ("penguins.csv.gz", "species"),
    ("nyc_flights.parquet", "arr_delay"),
]


def tables(folder: Path | None) -> list[tuple[Path, str]]:
    """Return the tables of a folder with their targets as its index.csv says, or those that ship."""
    if folder is None:
        return [(ROOT / "data" / name, target) for name, target in SHIPPED]
    index = pd.read_csv(folder / "index.csv")
    files = {path.name.partition(".")[0]: path for path in sorted(folder.iterdir())}
    return [(files[name], target) for name, target in zip(index["name"], index["target"], strict=True)]


def place_of(path: Path, target: str) -> tuple[int, int, float, str]:
    """Return the place of the target (0: not ranked), the number of columns, seconds, and what came first."""
    from helpers.data.kinds import typed
    from helpers.data.targets import ranked_targets

    rows, types = typed((pd.read_parquet if path.suffix == ".parquet" else pd.read_csv)(path))
    begun = time.perf_counter()
    ranked = ranked_targets(rows, types)
    names = ranked["name"].tolist()
    place = names.index(target) + 1 if target in names else 0
    return place, rows.shape[1], time.perf_counter() - begun, f"{names[0]}: {ranked['reason'].iloc[0]}"


def measure(folder: Path | None = None) -> list[Line]:
    """Return the place of each known target and how many came first."""
    lines, right, all_of_them = [], 0, tables(folder)
    for path, target in all_of_them:
        place, columns, taken, first = place_of(path, target)
        right += place == 1
        lines.append(
            Line(
                f"{path.name.partition('.')[0]}: place of {target} among {columns} ({taken:.1f} s; first {first})",
                place,
                "",
                None,
            )
        )
    return [
        *lines,
        Line("targets that came first", right, f"of {len(all_of_them)}", 0.75 * len(all_of_them), True),
    ]


if __name__ == "__main__":
    print(markdown(measure(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
