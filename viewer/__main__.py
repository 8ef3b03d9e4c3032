"""``python -m viewer --port 8082``: run the viewer until Ctrl-C."""

import argparse
import signal
import sys

from waitress.server import create_server

from viewer.app import MOST_BYTES, create_app


def leave(_signal: int, _frame: object) -> None:
    """Stop the server's loop, which takes this as a wish to end."""
    raise SystemExit(0)


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="viewer", description="A stand-in for Slack and Discord.")
    parser.add_argument("--port", type=int, default=8082, help="0 takes a free one (default: 8082)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    options = parser.parse_args()
    server = create_server(
        create_app(),
        host=options.host,
        port=options.port,
        threads=4,
        max_request_body_size=MOST_BYTES,
        channel_timeout=30,
        connection_limit=200,
        asyncore_use_poll=True,
    )
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    sys.stdout.write(f"Chat viewer: http://{options.host}:{server.effective_port}\n")
    sys.stdout.flush()
    server.run()
    server.close()


if __name__ == "__main__":
    main()
