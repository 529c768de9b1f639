"""How well personal columns are found: precision and recall by kind over generated values of six locales."""

from collections import Counter

from labelled_values import LOCALES, table
from table import Line, markdown

from helpers.data.privacy.detect import KINDS, find

SEEDS = range(5)


def counts(seeds=SEEDS, locales=LOCALES) -> tuple[Counter, Counter, Counter, list[tuple]]:
    """Return values by true kind, by found kind, those found rightly, and the columns that were mistaken."""
    true, told, right, mistaken = Counter(), Counter(), Counter(), []
    for locale in locales:
        for seed in seeds:
            frame, kinds = table(locale, seed)
            found = {f.column: f.kind for f in find(frame)}
            for column, kind in kinds.items():
                said = found.get(column)
                true[kind] += len(frame)
                told[said] += len(frame)
                right[kind] += len(frame) * (said == kind)
                if said != kind:
                    mistaken.append((locale, kind, said, frame[column].iloc[0]))
    return true, told, right, mistaken


def measure() -> list[Line]:
    """Return precision and recall of every kind, and how many values were judged."""
    true, told, right, _ = counts()
    lines = [Line("labelled values in six locales", sum(true.values()), "", 2000, True)]
    for kind in KINDS:
        lines.append(Line(f"{kind}: precision", right[kind] / max(told[kind], 1), "", 0.9, True))
        lines.append(Line(f"{kind}: recall", right[kind] / max(true[kind], 1), "", 0.9, True))
    return lines


if __name__ == "__main__":
    print(markdown(measure()))
