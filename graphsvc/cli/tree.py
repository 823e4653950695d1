"""All commands together: importing the modules puts theirs into the tree."""

from graphsvc.cli import asking, data, people, results, serving
from graphsvc.cli.app import app

COMMANDS = (asking, data, people, results, serving)
__all__ = ["COMMANDS", "app"]
