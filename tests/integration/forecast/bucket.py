"""A stand-in for an S3 bucket on loopback: list by prefix and delimiter, head and get, over the REST of s3fs."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

Objects = dict[str, bytes]
"""Content by ``bucket/key``; a plain address is a path without its first slash."""


def _listing(objects: Objects, bucket: str, prefix: str, delimiter: str) -> str:
    keys = sorted(n.split("/", 1)[1] for n in objects if n.startswith(f"{bucket}/{prefix}"))
    folders = {prefix + k[len(prefix) :].split("/")[0] + "/" for k in keys if delimiter and "/" in k[len(prefix) :]}
    files = [k for k in keys if not (delimiter and "/" in k[len(prefix) :])]
    entries = "".join(
        f"<Contents><Key>{escape(key)}</Key><LastModified>2026-08-20T00:00:00.000Z</LastModified>"
        f"<ETag>{_tag(objects[f'{bucket}/{key}'])}</ETag><Size>{len(objects[f'{bucket}/{key}'])}</Size></Contents>"
        for key in files
    )
    entries += "".join(f"<CommonPrefixes><Prefix>{escape(f)}</Prefix></CommonPrefixes>" for f in sorted(folders))
    count = len(files) + len(folders)
    return (
        f'<?xml version="1.0"?><ListBucketResult><Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix>'
        f"<KeyCount>{count}</KeyCount><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
    )


def _tag(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()


def _handler(objects: Objects) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name, query = unquote(parts.path).strip("/"), parse_qs(parts.query)
            if "list-type" in query:
                prefix, delimiter = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
                self._send(200, _listing(objects, name, prefix, delimiter).encode(), "application/xml")
            elif name in objects:
                self._send(200, objects[name], "application/octet-stream")
            else:
                self._send(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")

        do_HEAD = do_GET

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", _tag(body))
            self.send_header("Last-Modified", "Thu, 20 Aug 2026 00:00:00 GMT")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def serve(objects: Objects) -> Iterator[str]:
    """Serve objects on a free loopback port; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(objects))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
