"""The report of evaluations: one page that needs nothing beside itself, whose texts cannot become markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from graphsvc import toy
from graphsvc.evaluations import Evaluation, Plot, Series, Table
from graphsvc.phrases import Phrase, use_language
from graphsvc.plots import svg
from graphsvc.registry import EvaluationSpec
from graphsvc.report import page, said

WORD = Phrase("evaluations.head_test")
EVIL = "<script>alert(1)</script>"


def plot(kind="line", **more):
    series = (Series(WORD, (0.0, 0.5, 1.0), (0.1, float("nan"), 0.9), (0.01, 0.02, 0.03)), Series(WORD, (0.0,), (0.4,)))
    return Plot(WORD, WORD, WORD, series, kind=kind, **more)


def evaluation(*plots):
    tables = (Table(WORD, (WORD, WORD), ((EVIL, 0.123456), (WORD, None))),)
    return Evaluation("weekly", WORD, WORD, told=True, figures={"auc": 0.9}, tables=tables, plots=plots)


def spec():
    return EvaluationSpec("weekly", ("weekly",), type(None), lambda *_: None)  # only its name is read


@pytest.fixture(autouse=True)
def english():
    use_language("en")
    yield
    use_language(None)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_in_both_languages_and_fetches_nothing(language):
    use_language(language)
    text = page([(spec(), evaluation(plot(), plot("points", diagonal=True)))], toy.build(as_of=5))
    assert {"en": '<html lang="en">', "zh": '<html lang="zh-CN">'}[language] in text
    assert text.count("<svg") == 2 and "</html>" in text
    fetched = re.findall(r"""(?:src|href)=["'](?!#)([^"']+)""", text)
    assert fetched == [], f"the page fetches {fetched}"
    assert "evaluations." not in text, "a code instead of its text"


def test_texts_of_the_data_are_no_markup():
    text = page([(spec(), evaluation())], toy.build(as_of=5))
    assert EVIL not in text and "&lt;script&gt;" in text


def test_a_figure_that_was_not_measured_is_a_dash():
    assert said(None) == "–" and said(float("nan")) == "–"


@pytest.mark.parametrize("kind", ["line", "points", "bars"])
def test_plots_are_well_formed_and_the_same_each_time(kind):
    made = plot(kind, labels=("a", "b & c", "d") if kind == "bars" else ())
    one, two = svg(made), svg(made)
    assert one == two, "the same figures give other bytes"
    root = ET.fromstring(one)
    assert root.tag.endswith("svg")
    if kind == "bars":
        assert "b &amp; c" in one


def test_dates_are_shown_as_dates():
    day = 86_400_000_000
    series = (Series(WORD, (0.0, 400.0 * day), (0.1, 0.2)),)
    assert "1970" in svg(Plot(WORD, WORD, WORD, series, dates=True))


def test_without_matplotlib_the_page_says_that_plots_are_missing(monkeypatch):
    monkeypatch.setattr("graphsvc.report.installed", lambda package: package != "matplotlib")
    text = page([(spec(), evaluation(plot()))], toy.build(as_of=5))
    assert "<svg" not in text and "matplotlib" in text
