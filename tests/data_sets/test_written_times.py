"""Times need not be written as in the standard, nor need amounts: new rows are read as those that taught were."""

import numpy as np
import pandas as pd
import pytest

ROWS = 600


@pytest.fixture(scope="module")
def table(clone):
    """Sales by day, oldest first, in another order; the later half sells twice as much."""
    draw = np.random.default_rng(0)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(ROWS), "D")
    price = draw.integers(100, 900, ROWS)
    frame = pd.DataFrame(
        {
            "day": days.strftime("%d/%m/%Y"),
            "price": [f"{p / 100:.2f} EUR".replace(".", ",") for p in price],
            "sold": (
                price / 50 + np.where(np.arange(ROWS) >= ROWS // 2, 30, 0) + draw.normal(size=ROWS)
            ).round(2),
        }
    ).sample(frac=1, random_state=0)
    frame.to_csv(clone.root / "sales.csv", index=False)
    short = ["-p", "train.families=[ridge, decision tree]", "-p", "tune.trials=3", "-p", "train.folds=3"]
    done = clone.run("run", "sales.csv", "--target", "sold", "-p", "ingest.time=day", *short)
    assert done.returncode == 0, done.stderr + done.stdout
    return frame


def predictions(clone, rows):
    rows.to_csv(clone.root / "new.csv", index=False)
    done = clone.run("predict", "new.csv", "-m", "sales", "-o", "said.csv")
    assert done.returncode == 0, done.stderr
    return pd.read_csv(clone.root / "said.csv")["prediction"].to_numpy(), done.stderr


def test_days_written_day_first_order_the_rows(clone, table):
    code = (
        "from helpers.pipeline import Stage; here = Stage('evaluate', 'sales'); "
        "t, v = here.read('train_rows')['day'], here.read('validation_rows')['day']; "
        "print(t.min().date(), t.max() <= v.min(), v.max().date())"
    )
    done = clone.python(code)
    last = pd.Timestamp("2023-01-01") + pd.Timedelta(
        days=ROWS - ROWS // 10 - 1
    )  # the tenth after it is sealed
    assert done.stdout.split() == ["2023-01-01", "True", f"{last:%Y-%m-%d}"], done.stderr
    assert "dates in 1 format" in next(clone.root.glob("reports/sales/*/01_ingest.html")).read_text()


def test_a_new_day_is_read_alike_in_either_writing(clone, table):
    new = table.head(40).drop(columns="sold")
    iso = new.assign(day=pd.to_datetime(new["day"], format="%d/%m/%Y").dt.strftime("%Y-%m-%d"))
    said, noted = predictions(clone, new)
    again, _ = predictions(clone, iso)
    assert np.array_equal(said, again)
    assert noted == ""
    late = pd.to_datetime(new["day"], format="%d/%m/%Y") > "2024-01-01"
    assert said[late.to_numpy()].min() > said[~late.to_numpy()].max()


def test_what_new_rows_write_in_another_way_is_told(clone, table):
    new = table.head(40).drop(columns="sold")
    new["price"] = [*new["price"].iloc[:37], "cheap", "seven", "-"]
    _, noted = predictions(clone, new)
    assert noted.startswith("note: column 'price': 2 of 40 values cannot be read")
    assert "'cheap'" in noted
    assert noted.count("note:") == 1
