"""python -m tests.bench [ack] [open_modal] [relay] [log] [start] [waiting]"""

import argparse
import sys

from tests.bench import request_log, startup
from tests.bench.relay import measure
from tests.bench.results import Row, lines
from tests.bench.slack import acknowledge, open_modal
from tests.bench.waiting import renders
from tests.bench.workload import FULL

# In the order of what is felt first.
BENCHES = {
    "ack": acknowledge.rows,
    "open_modal": open_modal.rows,
    "relay": measure.rows,
    "log": request_log.rows,
    "start": startup.rows,
    "waiting": renders.rows,
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
