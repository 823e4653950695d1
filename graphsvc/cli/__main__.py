"""``python -m graphsvc.cli``."""

from graphsvc.cli import main

main()
