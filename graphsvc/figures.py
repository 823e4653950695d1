"""Numbers as people read them."""

from __future__ import annotations


def figure(value: float) -> str:
    """A number as people read it: thousands apart, four digits, nothing in powers of ten.

    Examples
    --------
    >>> figure(2691417.04), figure(12), figure(0.0092368), figure(0.0000071), figure(-3.5)
    ('2,691,417', '12', '0.009237', '0.0000071', '-3.5')
    """
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.4g}"
    return text if "e" not in text else f"{value:.12f}".rstrip("0").rstrip(".") or "0"
