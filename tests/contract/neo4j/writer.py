"""A process that makes changes and prints the number of each: python -m tests.contract.neo4j.writer URL NAME COUNT."""

from __future__ import annotations

import sys
from contextlib import closing

from graphsvc.stores.neo4j_ledger import Neo4jLedger
from tests.contract.neo4j.rows import word


def main(url: str, name: str, count: int) -> None:
    with closing(Neo4jLedger(url)) as ledger:
        for number in range(count):
            print(ledger.change(word(f"{name}-{number}")), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
