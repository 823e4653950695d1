"""Leiden's steps with dictionaries: what the compiled loops are compared with, move by move."""

from __future__ import annotations

from collections import Counter, deque

LEAST = 1e-10


def table(n: int, edges: list[tuple[int, int, float]]) -> list[dict[int, float]]:
    """Weight of each neighbour of each vertex, in the order of compressed rows."""
    near: list[dict[int, float]] = [{} for _ in range(n)]
    for a, b, w in edges:
        near[b][a] = w
    for a, b, w in edges:
        near[a][b] = w
    return near


def moved(near: list[dict[int, float]], volume: list[float], label: list[int], order: list[int], price: float):
    """Local moving from ``label``; who is better off alone takes the label that was freed last, else the smallest."""
    label, free = list(label), sorted(set(range(len(near))) - set(label), reverse=True)
    queue = deque(order)
    while queue:
        v = queue.popleft()
        own = label[v]
        label[v] = -1
        total = Counter()
        for u, c in enumerate(label):
            total[c] += volume[u]
        to: dict[int, float] = {}
        for u, w in near[v].items():
            to[label[u]] = to.get(label[u], 0.0) + w
        best, most = own, to.get(own, 0.0) - price * volume[v] * total[own] + LEAST * volume[v]
        for c, w in to.items():
            if w - price * volume[v] * total[c] > most:
                best, most = c, w - price * volume[v] * total[c]
        if most < 0 and free:
            best = free[-1]
        if best != own and best in free:
            free.remove(best)
        if own not in label and best != own:
            free.append(own)
        label[v] = best
        if best != own:
            queue.extend(u for u in near[v] if label[u] != best and u not in queue)
    return label


def refined(near: list[dict[int, float]], volume: list[float], label: list[int], order: list[int], price: float):
    """Parts of each community: whoever is alone and well connected joins the well connected part of largest gain."""
    n = len(near)
    part = list(range(n))

    def members(c: int) -> list[int]:
        return [u for u in range(n) if part[u] == c]

    def well(inside: list[int]) -> bool:
        home = label[inside[0]]
        rest = [u for u in range(n) if label[u] == home and u not in inside]
        cut = sum(near[u].get(x, 0.0) for u in inside for x in rest)
        return cut >= price * sum(volume[u] for u in inside) * sum(volume[u] for u in rest) - 1e-12

    for v in order:
        linked = [u for u in near[v] if label[u] == label[v]]
        if members(part[v]) != [v] or not linked or not well([v]):
            continue
        gains = {}
        for c in dict.fromkeys(part[u] for u in linked):
            there = members(c)
            gain = sum(near[v].get(u, 0.0) for u in there) - price * volume[v] * sum(volume[u] for u in there)
            if gain > LEAST * volume[v] and well(there):
                gains[c] = gain
        if gains:
            part[v] = max(gains, key=lambda c: gains[c])  # the first of equals
    return part
