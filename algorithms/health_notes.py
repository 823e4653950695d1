"""What a reader must know of the model behind a probability."""

from __future__ import annotations

from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY
from graphsvc.scores import Model

OLD_DAYS = 35.0  # a weekly fit that failed a month long
FEW_DATES = 3  # fewer reference dates leave much to the published prior


def model_notes(model: Model, as_of: int) -> tuple[Phrase, ...]:
    """Notes on a model used at ``as_of`` [us]: that it is the published prior or near it, or how old it is."""
    if model.cold_start:
        return (phrase("health.cold_start"),)
    days, dates = (as_of - model.as_of) / DAY, int(model.content.get("dates", FEW_DATES))
    few = (phrase("health.few_dates", count=dates),) if dates < FEW_DATES else ()
    return (*few, phrase("health.old_model", days=round(days))) if days > OLD_DAYS else few
