"""Pages per second of `faultbook serve` against nginx serving the same bytes, one worker each, in turns, under wrk.

Both answer gzip and plain with the same entity headers; what they send is compared byte for byte first. The median of the ratios counts.
Needs nginx and wrk (Debian: apt-get install nginx-light wrk) and at least two processors: one serves, one asks.
"""

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from faultbook.app import Faultbook

PATHS = ("/e/AADSTS120021", "/", "/e/AADSTS50053")
ASKED = {"plain": "identity", "gzip": "gzip"}

NGINX = """
daemon off; worker_processes 1; pid {home}/pid; error_log {home}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; open_file_cache max=1000 inactive=60s;
  client_body_temp_path {home}/1; proxy_temp_path {home}/2; fastcgi_temp_path {home}/3; uwsgi_temp_path {home}/4; scgi_temp_path {home}/5;
  types {{ text/html html; }} default_type "text/html; charset=utf-8";
  server {{
    listen 127.0.0.1:{port}; root {home}/site; gzip_static on; gzip_vary on; etag on; server_tokens off;
    {headers}
    location / {{ try_files $uri.html $uri/index.html =404; }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path, encoding):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"accept-encoding": encoding})
    with urllib.request.urlopen(request) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def pinned(core):
    """Put the children on one processor, where there are several."""
    if (os.cpu_count() or 1) > 1 and shutil.which("taskset"):
        return ["taskset", "-c", str(core)]
    return []


@contextmanager
def running(command, port, **more):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        else:
            sys.exit(f"{command[0]} did not start")
        yield process
    finally:
        process.terminate()
        process.wait(20)


def nginx(home, pages, headers):
    site = home / "site"
    for path, page in pages.items():
        file = site / ("index.html" if path == "/" else path[1:] + ".html")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page.body)
        file.with_name(file.name + ".gz").write_bytes(page.gzip)
    port = free_port()
    lines = "".join(f'add_header {name} "{value}"; ' for name, value in headers.items())
    (home / "nginx.conf").write_text(NGINX.format(home=home, port=port, headers=lines))
    return [*pinned(0), "nginx", "-p", str(home), "-c", str(home / "nginx.conf")], port


def per_second(port, path, encoding, seconds):
    """What wrk counts; it must have seen no error."""
    done = subprocess.run(
        [*pinned(1), "wrk", "-t1", "-c32", f"-d{seconds}s", "-H", f"Accept-Encoding: {encoding}", f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Non-2xx" not in done, done
    assert "Socket errors" not in done, done
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])


def processor_seconds(pid):
    """What a process and its children have used so far."""
    used = 0.0
    for one in [pid, *children(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def children(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def measured(process, port, path, encoding, seconds):
    """Requests a second, and microseconds of processor time for each: the latter is the same on a busy machine."""
    before = processor_seconds(process.pid)
    rate = per_second(port, path, encoding, seconds)
    return rate, (processor_seconds(process.pid) - before) / (rate * seconds) * 1e6


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--seconds", type=int, default=3)
    ask.add_argument("--rounds", type=int, default=5)
    chosen = ask.parse_args()
    missing = [name for name in ("nginx", "wrk") if not shutil.which(name)]
    if missing:
        print(f"not measured: {' and '.join(missing)} missing (Debian: apt-get install nginx-light wrk)")
        return
    site = Faultbook().site
    pages = {path: site.get(path) for path in PATHS}
    ours = free_port()
    environment = {**os.environ, "FAULTBOOK_SERVE_PORT": str(ours), "FAULTBOOK_LOG_LEVEL": "warning"}
    command = [*pinned(0), sys.executable, "-m", "faultbook", "serve"]
    with tempfile.TemporaryDirectory() as folder, running(command, ours, env=environment) as us:
        time.sleep(1)
        _, sent = fetch(ours, "/", "identity")
        kept = ("cache-control", "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy")  # fmt: skip
        Path(folder).chmod(0o755)
        start, theirs = nginx(Path(folder), pages, {name: sent[name] for name in kept})
        with running(start, theirs) as them:
            for path in PATHS:
                for encoding in ASKED.values():
                    (a, x), (b, y) = fetch(ours, path, encoding), fetch(theirs, path, encoding)
                    assert a == b == (pages[path].gzip if encoding == "gzip" else pages[path].body), path
                    assert x.get("content-encoding") == y.get("content-encoding"), path
                    assert all(x[name] == y[name] for name in kept), path
            print("the bytes are equal; requests a second, in turns")
            for name, encoding in ASKED.items():
                ratios, costs = [], []
                for turn in range(chosen.rounds):
                    path = PATHS[turn % len(PATHS)]
                    (a, x), (b, y) = (
                        measured(process, port, path, encoding, chosen.seconds)
                        for process, port in ((us, ours), (them, theirs))
                    )
                    ratios.append(a / b)
                    costs.append(y / x)
                    print(
                        f"  {name:5} {path:18} faultbook {a:7.0f}/s {x:5.0f} us   nginx {b:7.0f}/s {y:5.0f} us   ratio {a / b:.2f}, by processor time {y / x:.2f}"
                    )
                print(
                    f"{name}: median {statistics.median(ratios):.2f} x nginx (at least 0.30 is wanted); by processor time {statistics.median(costs):.2f}"
                )


if __name__ == "__main__":
    main()
