"""nginx with sendfile, serving the same bytes: what one stream can be at best."""

import os
import subprocess
import tempfile
import time

from alcove import free_port

CONFIG = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/root; }}
}}
"""


class Nginx:
    def __init__(self, content):
        self.folder = tempfile.TemporaryDirectory(prefix="alcove-bench-nginx-")
        self.port = free_port()
        root = os.path.join(self.folder.name, "root")
        os.mkdir(root)
        with open(os.path.join(root, "large.bin"), "wb") as file:
            file.write(content)
        user = "user root;" if os.geteuid() == 0 else ""
        config = os.path.join(self.folder.name, "nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(user=user, folder=self.folder.name, port=self.port))
        path = os.environ["PATH"] + ":/usr/sbin"
        self.process = subprocess.Popen(
            ["nginx", "-c", config, "-e", os.path.join(self.folder.name, "error.log")],
            env={**os.environ, "PATH": path},
        )
        time.sleep(0.5)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/large.bin"

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.folder.cleanup()
