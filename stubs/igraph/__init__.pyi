from typing import Any

from numpy.typing import NDArray

class VertexClustering:
    membership: list[int]

class Graph:
    vs: Any
    es: Any
    def __init__(
        self,
        n: int = ...,
        edges: Any = ...,
        directed: bool = ...,
        vertex_attrs: dict[str, Any] | None = ...,
        edge_attrs: dict[str, Any] | None = ...,
    ) -> None: ...
    def vcount(self) -> int: ...
    def ecount(self) -> int: ...
    def get_edgelist(self) -> list[tuple[int, int]]: ...
    def is_directed(self) -> bool: ...
    def pagerank(
        self,
        vertices: Any = ...,
        directed: bool = ...,
        damping: float = ...,
        weights: str | NDArray[Any] | None = ...,
        implementation: str = ...,
    ) -> list[float]: ...
    def personalized_pagerank(
        self,
        vertices: Any = ...,
        directed: bool = ...,
        damping: float = ...,
        reset: Any = ...,
        weights: Any = ...,
    ) -> list[float]: ...
    def betweenness(
        self,
        vertices: Any = ...,
        directed: bool = ...,
        cutoff: float | None = ...,
        weights: Any = ...,
        sources: Any = ...,
        targets: Any = ...,
    ) -> list[float]: ...
    def coreness(self, mode: str = ...) -> list[int]: ...
    def connected_components(self, mode: str = ...) -> VertexClustering: ...
    def distances(
        self, source: Any = ..., target: Any = ..., weights: Any = ..., mode: str = ...
    ) -> list[list[float]]: ...
    def community_leiden(
        self,
        objective_function: str = ...,
        weights: Any = ...,
        resolution: float = ...,
        beta: float = ...,
        initial_membership: list[int] | None = ...,
        n_iterations: int = ...,
    ) -> VertexClustering: ...
    def constraint(self, vertices: Any = ..., weights: Any = ...) -> list[float]: ...
    def get_k_shortest_paths(self, v: int, to: int, k: int = ..., **kwargs: Any) -> list[list[int]]: ...
    def simplify(self, multiple: bool = ..., loops: bool = ..., combine_edges: Any = ...) -> Graph: ...

def set_random_number_generator(generator: Any) -> None: ...
