"""Whom the tests ask about in the sample company, and every score exported once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.cli.tables import SCORES, Cli


@pytest.fixture(scope="package")
def people(sample_cli: Cli) -> Mapping[str, str]:
    """The rep and the contact of the dying tie, another rep and that rep's contact, and the hidden influencer."""
    truths = sample_cli.truth["truths"]
    return {
        "rep": truths["dying_tie"]["rep"]["key"],
        "contact": truths["dying_tie"]["contact"]["key"],
        "other_rep": truths["ignored_rep"]["rep"]["key"],
        "other_contact": truths["ignored_rep"]["contact"]["key"],
        "influencer": truths["hidden_influencer"]["person"]["key"],
    }


@pytest.fixture(scope="package")
def exports(sample_cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Every score as a CSV file."""
    files = {name: tmp_path_factory.mktemp("exports") / f"{name}.csv" for name in SCORES}
    for name, out in files.items():
        sample_cli("export", "scores", name, "--out", out)
    return files
