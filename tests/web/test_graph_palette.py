"""The group colours are told apart by everybody, on both grounds."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from tests.web.static_site import WEB

# Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB; and Ottosson's OKLab.
VISION = {
    "all cones": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                       [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                       [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                       [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
CONES = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                  [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
GROUNDS = {"light": "#fbfcfd", "dark": "#151a21"}


def linear(color: str) -> np.ndarray:
    c = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def seen(color: str, vision: np.ndarray) -> np.ndarray:
    return LAB @ np.cbrt(CONES @ np.clip(vision @ linear(color), 0, 1))


def colors(theme: str) -> list[str]:
    """What is drawn: of the dark theme there are two blocks, for who chose it and for who follows the system."""
    text = (WEB / "style" / "base.css").read_text()
    blocks = [b for b in re.split(r"(?=color-scheme: )", text)[1:] if b.startswith(f"color-scheme: {theme};")]
    found = [re.findall(r"--series-\d: (#[0-9a-f]{6});", block) for block in blocks]
    assert len(found) == {"light": 1, "dark": 2}[theme] and all(each == found[0] for each in found)
    return found[0]


@pytest.mark.parametrize("theme", GROUNDS)
def test_every_pair_differs_for_everybody(theme: str) -> None:
    palette = colors(theme)
    assert len(palette) == 10
    for name, vision in VISION.items():
        nearest = min(float(np.linalg.norm(seen(a, vision) - seen(b, vision))) for a, b in combinations(palette, 2))
        assert nearest >= 0.068, name


@pytest.mark.parametrize("theme", GROUNDS)
def test_every_colour_stands_out_from_the_ground(theme: str) -> None:
    ground = luminance(GROUNDS[theme])
    for color in colors(theme):
        low, high = sorted((luminance(color), ground))
        assert (high + 0.05) / (low + 0.05) >= 3, color
