# SPDX-License-Identifier: GPL-3.0-or-later
"""What is compared: the upstream itself, nginx, Fairlead and, when asked, the npm gateway. Loopback only."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from .process import Process, wait_for

TOKEN = "fl-bench-0123456789abcdef0123456789abcdef"
KEY = "sk-bench-0123456789"
CHAT = "/v1/chat/completions"
PORTKEY_VERSION = "1.15.2"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Target:
    """A port that takes chat requests, and the process behind it."""

    def __init__(self, name, port, process, headers=()):
        self.name, self.port, self.process = name, port, process
        self.headers = [f"authorization: Bearer {TOKEN}", *headers]

    def ask(self, model="lab/bench"):
        """One plain request; its status."""
        body = json.dumps({"model": model, "stream": False, "messages": [{"role": "user", "content": "Hello"}]})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            headers = {"content-type": "application/json"}
            headers.update(line.split(": ", 1) for line in self.headers)
            connection.request("POST", CHAT, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def stop(self):
        if self.process:
            self.process.stop()


def start_upstream(bin_dir, log):
    process = Process([bin_dir / "bench.upstream"], log=log, stdout=subprocess.PIPE)
    return Target("direct", int(process.first_line()), process)


def upstream_stats(upstream):
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=5)
    connection.request("GET", "/stats")
    stats = json.loads(connection.getresponse().read())
    connection.close()
    return stats


# -- nginx ------------------------------------------------------------------------------------------------------

NGINX_FRAME = """
daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 16384;
error_log {prefix}/error.log; pid {prefix}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  access_log off; tcp_nodelay on; keepalive_requests 100000000; keepalive_timeout 60s;
  client_max_body_size 64m; client_body_buffer_size 1m;
  client_body_temp_path {prefix}/body; proxy_temp_path {prefix}/proxy; fastcgi_temp_path {prefix}/fastcgi;
  uwsgi_temp_path {prefix}/uwsgi; scgi_temp_path {prefix}/scgi;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_request_buffering on;
  {servers}
}}
"""

NGINX_PASS = """
  upstream {name} {{ server 127.0.0.1:{to}; keepalive 1024; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port}{ssl} backlog=4096; {more}
    location / {{ proxy_pass {scheme}://{name}; }}
  }}
"""


def start_nginx(prefix, servers):
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    prefix.mkdir()
    config = prefix / "nginx.conf"
    config.write_text(NGINX_FRAME.format(prefix=prefix, servers="".join(servers)))
    return Process([nginx, "-p", prefix, "-c", config, "-e", prefix / "error.log"], log=prefix / "error.log")


def nginx_pass(name, port, to, *, certificate=None, trusted=None):
    more = ""
    if certificate:
        more = f"ssl_certificate {certificate}/cert.pem; ssl_certificate_key {certificate}/key.pem;"
    if trusted:
        more = f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {trusted}/cert.pem; proxy_ssl_name localhost;"
    return NGINX_PASS.format(name=name, port=port, to=to, more=more, ssl=" ssl" if certificate else "",
                             scheme="https" if trusted else "http")


def make_certificate(directory):
    directory.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", directory / "key.pem", "-out", directory / "cert.pem"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return directory


# -- Fairlead ---------------------------------------------------------------------------------------------------

def fairlead_config(upstream_port, tls_port, certificate):
    key = {"keys": [{"env": "FAIRLEAD_BENCH_KEY"}]}
    lab = {"id": "lab", "wire": "openai-chat", "base_url": f"http://127.0.0.1:{upstream_port}/v1", **key}
    tls = {"id": "tls", "wire": "openai-chat", "base_url": f"https://localhost:{tls_port}/v1",
           "ca_file": str(certificate / "cert.pem"), **key}
    claude = {"id": "claude", "wire": "anthropic", "base_url": f"http://127.0.0.1:{upstream_port}", **key}
    return {"apps": [{"name": "bench", "token_env": "FAIRLEAD_BENCH_TOKEN"}], "providers": [lab, tls, claude]}


def start_fairlead(bin_dir, directory, config):
    """Every feature on: token check, routing, usage scan, ledger."""
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps(config))
    env = {"PATH": os.environ["PATH"], "HOME": str(directory), "FAIRLEAD_BENCH_TOKEN": TOKEN, "FAIRLEAD_BENCH_KEY": KEY}
    process = Process(
        [bin_dir / "fairleadctl", "serve", "--port", "0", "--json", "--config", directory / "config.json", "--data-dir",
         directory / "data"], env=env, log=directory / "log", stdout=subprocess.PIPE)
    return Target("fairlead", json.loads(process.first_line())["port"], process)


# -- the npm gateway --------------------------------------------------------------------------------------------

def install_portkey(directory):
    directory.mkdir(parents=True, exist_ok=True)
    package = directory / "node_modules/@portkey-ai/gateway"
    if not package.exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", directory,
                        f"@portkey-ai/gateway@{PORTKEY_VERSION}"], check=True, stdout=subprocess.DEVNULL)
    return package


def start_portkey(package, upstream_port, log):
    port = free_port()
    # Its own guard refuses upstreams on loopback unless they are named as trusted.
    env = dict(os.environ, NODE_ENV="production", TRUSTED_CUSTOM_HOSTS="localhost,127.0.0.1")
    process = Process(["node", package / "build/start-server.js", "--headless", f"--port={port}"], env=env, log=log)
    headers = ["x-portkey-provider: openai", f"x-portkey-custom-host: http://127.0.0.1:{upstream_port}/v1"]
    target = Target("portkey", port, process, headers)
    wait_for(lambda: answers(port), 30, "portkey")
    return target


def first_answer_seconds(start):
    """From the start of a process to its first 200; the target still runs."""
    begin = time.monotonic()
    target = start()
    wait_for(lambda: answers_200(target), 30, target.name)
    return time.monotonic() - begin, target


def answers_200(target):
    try:
        return target.ask() == 200
    except OSError:
        return False


def temporary(parent, name):
    path = Path(parent) / name
    number = 0
    while path.exists():
        number += 1
        path = Path(parent) / f"{name}{number}"
    return path
