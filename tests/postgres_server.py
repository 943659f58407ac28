"""A PostgreSQL server of the test's own, on loopback and a free port, ended with the test."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PATIENCE = 60.0
"""Seconds that a server may take to answer."""


def programs() -> Path | None:
    """The folder of the newest PostgreSQL programs, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    known = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in known), key=lambda path: float(path.parent.name), default=None)


@contextmanager
def server(bin_folder: Path) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a new, empty server; the server and its folder are gone afterwards.

    PostgreSQL refuses to run as root: then it runs as the user ``postgres``, or else ``nobody``.
    """
    home = Path(tempfile.mkdtemp(prefix="riskscreen-pg-"))
    process = None
    try:
        process, port, password = _start(bin_folder, home)
        with _connected(process, port, password, home / "log") as connection:
            yield connection
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # the fast shutdown
            process.wait(PATIENCE)
        shutil.rmtree(home)


def _start(bin_folder: Path, home: Path) -> tuple[subprocess.Popen[bytes], int, str]:
    password, port, who = secrets.token_hex(16), _free_port(), _who()
    secret = home / "password"
    secret.write_text(password)
    for path in (home, secret):
        if who:
            os.chown(path, who["user"], who["group"])
        path.chmod(0o700)
    data = str(home / "data")
    make = [str(bin_folder / "initdb"), "-D", data, "-U", "test", "-A", "scram-sha-256", "--pwfile", str(secret)]
    subprocess.run([*make, "-E", "UTF8", "--no-locale", "-N"], check=True, capture_output=True, cwd=home, **who)
    run = [str(bin_folder / "postgres"), "-D", data, "-p", str(port), "-k", str(home), "-c", "fsync=off"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([*run, "-h", "127.0.0.1"], stdout=log, stderr=log, cwd=home, **who)
    return process, port, password


def _who() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres", users["nobody"])
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _connected(process: subprocess.Popen[bytes], port: int, password: str, log: Path) -> psycopg.Connection[Any]:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(
                host="127.0.0.1", port=port, user="test", password=password, dbname="postgres", autocommit=True
            )
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.1)
