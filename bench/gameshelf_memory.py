"""The cache's own estimate against what the process really holds, a /popular at a time.

``python -m bench.gameshelf_memory`` starts an API with the leaky cache and prints the ratio.
"""

from gameshelf_api.lab import local, table
from gameshelf_api.lab.client import Client
from gameshelf_api.lab.readings import ProcessMemory

SCALE = 10


def main() -> None:
    """Print a row each two hundred requests."""
    with local.api("leaky") as url, Client(url) as client:
        rows = table.measure(client, ProcessMemory(client), SCALE)
    print(
        f"{'requests':>8} {'estimated KB':>13} {'real KB':>9} {'estimated/real':>15} {'real KB a request':>18}"
    )
    start = rows[0]
    for row in rows[1:]:
        real = (row.real_bytes - start.real_bytes) / 1024
        estimated = (row.estimated_kb or 0) - (start.estimated_kb or 0)
        ratio, each = estimated / real, real / row.requests
        print(f"{row.requests:>8} {estimated:>13} {real:>9.0f} {ratio:>15.2f} {each:>18.1f}")


if __name__ == "__main__":
    main()
