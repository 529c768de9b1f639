"""Numbers of cards and bank accounts."""

from __future__ import annotations

from helpers.data.privacy.sample import Opinion, Sample
from helpers.recipe.personal.numbers import is_card, is_iban
from helpers.report.text import share as percent

BY_CHANCE = 0.3  # a tenth of all long numbers has a right check digit; a column of cards has far more


def card(sample: Sample) -> Opinion | None:
    """Say whether the values are numbers of payment cards."""
    part = sample.share(is_card)
    if part < BY_CHANCE or len(sample.values) < 5:
        return None
    return Opinion("card", part, 0.97 * part, f"{percent(part)} begin and end as card numbers do (Luhn)")


def iban(sample: Sample) -> Opinion | None:
    """Say whether the values are international account numbers."""
    part = sample.share(is_iban)
    return Opinion("iban", part, 0.99 * part, f"{percent(part)} have the check digits of an IBAN")
