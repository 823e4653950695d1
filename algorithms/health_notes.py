"""What a reader must know of the model behind a probability."""

from __future__ import annotations

from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY
from graphsvc.scores import Model

OLD_DAYS = 35.0  # a weekly fit that failed a month long


def model_notes(model: Model, as_of: int) -> tuple[Phrase, ...]:
    """Notes on a model used at ``as_of`` [us]: that it is the published prior, or how old it is."""
    if model.cold_start:
        return (phrase("health.cold_start"),)
    days = (as_of - model.as_of) / DAY
    return (phrase("health.old_model", days=round(days)),) if days > OLD_DAYS else ()
