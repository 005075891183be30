"""An HTTP handler on a free port of localhost, in a thread, until the block ends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Takes many connections at once: with the usual queue of five, a burst on a busy machine is partly turned away."""

    request_queue_size = 128


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], released: threading.Event) -> Iterator[int]:
    """Gives the port. `released` is set before the end, so that a request that hangs lets go."""
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
