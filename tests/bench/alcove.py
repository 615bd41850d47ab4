"""The server under measurement, and the little of its API that measuring needs."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from urllib.parse import quote, urlencode, urlsplit

PASSWORD = "correct horse battery"
API = "/api/v4"


def uri(path):
    """`/a b` → `cloudreve://my/a%20b`."""
    return "cloudreve://my" + quote(path, safe="/-_.!~*'()")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listing(path, page_size, token=None, order_by="name", page=None):
    """The route of one page. Without an order it is a numbered page."""
    query = {"uri": uri(path), "page_size": page_size}
    if order_by:
        query["order_by"] = order_by
    if token:
        query["next_page_token"] = token
    if page is not None:
        query["page"] = page
    return f"/file?{urlencode(query)}"


class Server:
    """One process on a data folder. `start` answers how many seconds the first answer took."""

    def __init__(self, program, data):
        self.program, self.data = program, data
        self.port = free_port()
        self.process = None

    def start(self):
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", self.data],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while True:
            try:
                Client(self.port).get("/site/ping")
                return time.perf_counter() - began
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("alcove ended before it answered") from None
                time.sleep(0.002)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def memory_mib(self):
        return self._status("VmRSS")

    def private_mib(self):
        """Without files that are mapped, the database's among them."""
        return self._status("RssAnon")

    def _status(self, name):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(f"{name}:"):
                    return int(line.split()[1]) / 1024
        raise SystemExit(f"the process has no {name}")

    @contextlib.contextmanager
    def watched(self):
        """The most private memory that is held meanwhile."""
        watch = Watch(self)
        watch.start()
        try:
            yield watch
        finally:
            watch.ends.set()
            watch.join()


class Watch(threading.Thread):
    """Looks every other millisecond."""

    def __init__(self, server):
        super().__init__()
        self.server, self.ends, self.most_mib = server, threading.Event(), 0

    def run(self):
        while True:
            self.most_mib = max(self.most_mib, self.server.private_mib())
            if self.ends.wait(0.002):
                return


class Client:
    """One person on one kept-alive connection."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def bytes(self, method, path, body=None, kind="application/json"):
        """The answer as it came, whatever it says."""
        headers = {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = kind
        try:
            self.connection.request(method, API + path, body=body, headers=headers)
            return self.connection.getresponse().read()
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            # Kept too long without use, the server has closed it.
            self.connection.close()
            self.connection.request(method, API + path, body=body, headers=headers)
            return self.connection.getresponse().read()

    def call(self, method, path, body=None, kind="application/json"):
        answer = json.loads(self.bytes(method, path, body, kind))
        if answer["code"] != 0:
            raise SystemExit(f"{method} {path}: {answer}")
        return answer.get("data")

    def get(self, path):
        return self.call("GET", path)

    def send(self, method, path, body):
        return self.call(method, path, json.dumps(body))

    @classmethod
    def registered(cls, port, name):
        account = {"email": f"{name}@example.com", "password": PASSWORD}
        cls(port).send("POST", "/user", account)
        return cls.signed_in(port, name)

    @classmethod
    def signed_in(cls, port, name):
        account = {"email": f"{name}@example.com", "password": PASSWORD}
        token = cls(port).send("POST", "/session/token", account)["token"]
        return cls(port, token["access_token"])

    def list(self, path, page_size, token=None, order_by="name"):
        return self.get(listing(path, page_size, token, order_by))

    def create(self, path, kind):
        return self.send("POST", "/file/create", {"uri": uri(path), "type": kind})

    def upload(self, path, content):
        """Opens a session and sends its chunks in order."""
        body = {"uri": uri(path), "size": len(content), "entity_type": "version"}
        session = self.send("PUT", "/file/upload", body)
        size = session["chunk_size"] or len(content)
        view = memoryview(content)
        for index, start in enumerate(range(0, len(content), size)):
            route = f"/file/upload/{session['session_id']}/{index}"
            self.call("POST", route, view[start : start + size], "application/octet-stream")

    def put(self, path, content):
        """The same in one request."""
        route = f"/file/content?{urlencode({'uri': uri(path)})}"
        self.call("PUT", route, content, "application/octet-stream")

    def delete(self, path):
        self.send("DELETE", "/file", {"uris": [uri(path)], "skip_soft_delete": True})

    def url(self, path):
        """The signed download URL, at the port the server really has."""
        url = self.send("POST", "/file/url", {"uris": [uri(path)]})["urls"][0]["url"]
        parts = urlsplit(url)
        return f"http://127.0.0.1:{self.port}{parts.path}?{parts.query}"


def available_cores():
    return len(os.sched_getaffinity(0))
