"""python -m tests.bench [ack] [open_modal] [relay] [log] [start] [waiting]"""

import argparse
import sys

from tests.bench import ack, log, open_modal, relay, start, waiting
from tests.bench.size import FULL
from tests.bench.table import Row, lines

# In the order of what is felt first.
BENCHES = {
    "ack": ack.rows,
    "open_modal": open_modal.rows,
    "relay": relay.rows,
    "log": log.rows,
    "start": start.rows,
    "waiting": waiting.rows,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    names = parser.parse_args().names or list(BENCHES)
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    found: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        found += BENCHES[name](FULL)
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
