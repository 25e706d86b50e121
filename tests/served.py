"""A web server on this machine for tests of downloads: with and without Range, cutting off, changing its files."""

import contextlib
import http.server
import re
import threading
import time
from collections.abc import Iterator


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        server.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        body = server.body.get(self.path)
        if body is None:
            self.send_error(404)
            return
        begins = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(begins[1]) if begins and server.ranges else 0
        wanted = self.headers.get("If-Range")
        if start and wanted is not None and wanted not in server.headers.values():
            start = 0
        if start and start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            said = start if server.begins is None else server.begins
            self.send_header("Content-Range", f"bytes {said}-{len(body) - 1}/{len(body)}")
        if server.length:
            self.send_header("Content-Length", str(len(body) - start))
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body[start : start + server.most] if server.most else body[start:])
        time.sleep(server.silence)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served() -> Iterator[http.server.ThreadingHTTPServer]:
    """`body` is what lies at each path, `headers` goes with every answer, `most` is after how many bytes a connection
    is cut after `silence` seconds, `begins` a false start of what is left; `asked` lists (path, Range, If-Range)."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.body, server.headers, server.asked = {}, {}, []
        server.ranges, server.length, server.most, server.begins, server.silence = True, True, 0, None, 0.0
        server.base = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
