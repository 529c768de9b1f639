"""Free text that holds personal values."""

from __future__ import annotations

from collections import Counter

from helpers.data.privacy.sample import Opinion, Sample
from helpers.recipe.personal.text import spans
from helpers.report.text import share as percent

READ, SHORTEST, RARE = 400, 12, 0.005


def free_text(sample: Sample) -> Opinion | None:
    """Say whether texts hold personal values: each kind that is beyond doubt, and in how many of them."""
    texts = [v[:2000] for v in sample.values if len(v) >= SHORTEST and " " in v][:READ]
    if sample.kind != "text" or len(texts) < 0.3 * min(len(sample.values), READ):
        return None
    found: Counter[str] = Counter()
    holding = 0
    for text in texts:
        kinds = {span.kind for span in spans(text) if span.sure}
        found.update(kinds)
        holding += bool(kinds)
    part = holding / len(texts) if texts else 0.0
    if part < RARE:
        return None
    told = ", ".join(f"{kind} in {percent(count / len(texts))}" for kind, count in found.most_common(4))
    return Opinion("free text", part, min(0.95, 0.6 + part), f"of {len(texts)} texts: {told}")
