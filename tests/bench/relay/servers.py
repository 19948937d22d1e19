"""Both servers of a relay in one process: Segmind's CDN and Slack's upload URL.

`python -m tests.bench.relay.servers FOLDER [PEM]` prints its URL and serves the files in FOLDER,
over TLS if PEM is given. GET /NAME returns the file. POST /upload reads the body and discards it.
Any other POST is a Slack method, and answers with that upload URL. Threads and large blocks are
fine here: this process is not measured.
"""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BLOCK = 1024 * 1024


class FileHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = Path()
    url = ""

    def do_GET(self) -> None:
        file = self.folder / self.path.strip("/")
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(file.stat().st_size))
        self.end_headers()
        with file.open("rb") as opened:
            while block := opened.read(BLOCK):
                self.wfile.write(block)

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            received = self._discard_chunks()
        else:
            received = self._discard(int(self.headers.get("Content-Length", "0")))
        is_upload = self.path == "/upload"
        answer = {"ok": True, "upload_url": f"{self.url}/upload", "file_id": "F1"}
        body = f"OK - {received}".encode() if is_upload else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if is_upload else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _discard(self, size: int) -> int:
        left, block = size, memoryview(bytearray(BLOCK))
        while left:
            read = self.rfile.readinto(block[:left])
            if not read:
                raise ConnectionError("the upload was cut off")
            left -= read
        return size

    def _discard_chunks(self) -> int:
        """curl sends chunks when it reads from a pipe, as it does not know the length."""
        received = 0
        while size := int(self.rfile.readline(), 16):
            received += self._discard(size)
            self.rfile.readline()
        self.rfile.readline()
        return received

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""


def serve(folder: Path, certificate: Path | None) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FileHandler)
    scheme = "http"
    if certificate:
        scheme = "https"
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        # Each connection shakes hands in its own thread, at its first read.
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    FileHandler.folder, FileHandler.url = folder, f"{scheme}://localhost:{server.server_port}"
    print(FileHandler.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
