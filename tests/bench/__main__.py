"""python -m tests.bench [NAME …]"""

import argparse
import sys
from pathlib import Path

from tests.bench import startup, suite
from tests.bench.estimates import replay
from tests.bench.log import growth, request_log
from tests.bench.relay import measure
from tests.bench.results import BEGIN, END, Row, format_table, write_table
from tests.bench.slack import acknowledge, open_modal, typing_in_form
from tests.bench.waiting import notice, renders
from tests.bench.workload import FULL

# What people notice first comes first.
BENCHES = {
    "ack": acknowledge.rows,
    "open_modal": open_modal.rows,
    "typing": typing_in_form.rows,
    "relay": measure.rows,
    "log": request_log.rows,
    "start": startup.rows,
    "growth": growth.rows,
    "notice": notice.rows,
    "waiting": renders.rows,
    "estimates": replay.rows,
    "tests": suite.rows,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument(
        "--write", type=Path, help="a file to put the table into, such as README.md"
    )
    arguments = parser.parse_args()
    names = arguments.names or list(BENCHES)
    if arguments.write and arguments.names:
        parser.error("only the table of all benchmarks can be written")
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    results: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        results += BENCHES[name](FULL)
    print("\n".join(format_table(results)))
    if arguments.write and not write_table(results, arguments.write):
        print(f"{arguments.write} has no place for the table: {BEGIN}{END}", file=sys.stderr)


if __name__ == "__main__":
    main()
