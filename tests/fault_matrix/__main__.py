"""python -m tests.fault_matrix [part of a row's name …]"""

import asyncio
import sys

from tests.fault_matrix.matrix import main

if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
