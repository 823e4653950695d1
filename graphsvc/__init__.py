"""graphsvc: the words and the spine of the relationship graph; imports nothing else of ours."""

__version__ = "0.1.0"
