"""The commands with a channel that holds a connection: probe, check, send, listen, describe."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from commandline import Run, environment

from sms_adapters import Registry
from sms_adapters.smsc.serving import SmscServer, serving
from sms_adapters.smsc.smpp.dialect import SmppDialect
from sms_adapters.smsc.smpp.pdus import BindTransceiverResp, EnquireLinkResp

CHANNELS = """
[channels.smsc]
adapter = "smpp"
address = "+12025550100"
country = "US"
[channels.smsc.config]
base_url = "{url}"
username = "{username}"
password = "{password}"
connect_timeout = {timeout}
response_timeout = {timeout}
window = 5
"""
ALLOWED = "--allow-private"


def write(folder: Path, url: str, *, password: str | None = None, timeout: float = 5) -> None:
    config = Registry(installed=False).simulator("smpp").config(url)
    values = {**config, "password": password or config["password"], "timeout": timeout}
    (folder / "sms-adapters.toml").write_text(
        CHANNELS.format(url=url, **{k: v for k, v in values.items() if k != "base_url"})
    )


@pytest.fixture
def smsc(run: Run, tmp_path: Path) -> Iterator[SmscServer]:
    with serving(Registry(installed=False).simulator("smpp")) as server:
        write(tmp_path, server.url)
        yield server


def steps(result: Any) -> dict[str, Any]:
    return {one["step"]: one for one in json.loads(result.stdout)["steps"]}


def test_a_connection_that_works_is_told_step_by_step(run: Run, smsc: SmscServer):
    result = run("smsc", "probe", "smsc", ALLOWED)
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()[:-1]] == [
        ["ok", step] for step in ("name", "tcp", "login", "keep-alive", "window")
    ]
    assert result.stdout.splitlines()[-1] == "The connection works."
    assert smsc.simulator.accepted == []


def test_as_json_too(run: Run, smsc: SmscServer):
    found = json.loads(run("smsc", "probe", "smsc", ALLOWED, "--json").stdout)
    assert (found["ok"], found["adapter"]) == (True, "smpp")
    assert found["steps"][2]["sentence"] == f"logged in as {smsc.simulator.config('')['username']}, transceiver"


def test_a_refused_login_says_why_and_no_password(run: Run, smsc: SmscServer, tmp_path: Path):
    write(tmp_path, smsc.url, password="wrong987")
    result = run("smsc", "probe", "smsc", ALLOWED)
    assert result.exit_code == 5
    assert "FAILED login" in result.stdout
    assert "ESME_RINVPASWD" in result.stdout
    assert "wrong987" not in result.output


def test_a_private_address_has_to_be_allowed(run: Run, smsc: SmscServer):
    result = run("smsc", "probe", "smsc")
    assert result.exit_code == 2
    assert result.stdout.startswith("FAILED policy ")
    assert "not a public address" in result.stdout
    assert ALLOWED in result.stdout


def test_the_longest_step_leaves_a_space_in_the_table(run: Run, smsc: SmscServer, tmp_path: Path):
    write(tmp_path, smsc.url.replace("smpp:", "smpps:"))
    with (tmp_path / "sms-adapters.toml").open("a") as file:
        file.write('tls_ca_file = "missing.pem"\n')
    assert "FAILED configuration tls_ca_file: missing.pem" in run("smsc", "probe", "smsc", ALLOWED).stdout


def test_a_name_that_leads_nowhere_and_a_port_where_nobody_listens(run: Run, tmp_path: Path):
    write(tmp_path, "smpp://nowhere.invalid:2775")
    result = run("smsc", "probe", "smsc", "--json")
    assert result.exit_code == 3
    assert "has no address" in steps(result)["name"]["sentence"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    write(tmp_path, f"smpp://127.0.0.1:{port}")
    result = run("smsc", "probe", "smsc", ALLOWED, "--json")
    assert result.exit_code == 3
    assert "refuses connections" in steps(result)["tcp"]["sentence"]


def test_tls_where_none_is_spoken(run: Run, smsc: SmscServer, tmp_path: Path):
    write(tmp_path, smsc.url.replace("smpp:", "smpps:"), timeout=2)
    result = run("smsc", "probe", "smsc", ALLOWED, "--json")
    assert result.exit_code == 3
    assert [(name, one["ok"]) for name, one in steps(result).items()] == [("name", True), ("tcp", True), ("tls", False)]
    assert "may not speak TLS on this port" in steps(result)["tls"]["sentence"]


Answer = Callable[[Any, int], bytes | None]


@contextmanager
def scripted(answer: Answer) -> Iterator[str]:
    """An SMSC that answers each PDU by `answer(pdu, count)`: octets, nothing, or None to hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames, count = SmppDialect().reader(), 0
        with suppress(ConnectionError), closing(writer):
            while data := await reader.read(4096):
                for pdu, _ in frames.feed(data):
                    octets = answer(pdu, count)
                    count += 1
                    if octets is None:
                        return
                    writer.write(octets)

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        ready.append(server.sockets[0].getsockname()[1])
        stop.append((asyncio.get_running_loop(), asyncio.Event()))
        up.set()
        await stop[0][1].wait()
        server.close()
        await asyncio.sleep(0.05)

    ready: list[int] = []
    stop: list[Any] = []
    up = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    up.wait()
    try:
        yield f"smpp://127.0.0.1:{ready[0]}"
    finally:
        stop[0][0].call_soon_threadsafe(stop[0][1].set)
        thread.join()


def encoded(frame: Any, pdu: Any) -> bytes:
    return SmppDialect().encode(frame, pdu.sequence)


def bound(pdu: Any) -> bytes:
    return encoded(BindTransceiverResp(system_id="SMSC"), pdu)


@pytest.mark.parametrize(
    ("answer", "step", "says", "status"),
    [
        (lambda pdu, count: None, "login", "hung up on the login", 5),
        (lambda pdu, count: b"", "login", "no answer to the login within 2 s", 5),
        (lambda pdu, count: b"HTTP/1.1 400 Bad Request\r\n", "login", "what came instead is no frame", 5),
        (lambda pdu, count: b"" if count else bound(pdu), "keep-alive", "set keep_alive to 0", 1),
        (lambda pdu, count: bound(pdu) if not count else None, "keep-alive", "hung up on a keep-alive", 1),
        (
            lambda pdu, count: bound(pdu) if not count else encoded(EnquireLinkResp(), pdu) if count < 4 else None,
            "window",
            "5 requests at once are too much",
            1,
        ),
        (
            lambda pdu, count: bound(pdu) if not count else encoded(EnquireLinkResp(), pdu) if count < 4 else b"",
            "window",
            "3 of 5 got no answer",
            1,
        ),
    ],
)
def test_each_way_to_fail_has_its_sentence(run: Run, tmp_path: Path, answer: Answer, step: str, says: str, status: int):
    with scripted(answer) as url:
        write(tmp_path, url, timeout=2)
        result = run("smsc", "probe", "smsc", ALLOWED, "--json")
    found = steps(result)[step]
    assert not found["ok"]
    assert says in found["sentence"]
    assert result.exit_code == status


def test_check_and_send_and_describe(run: Run, smsc: SmscServer):
    assert "accepts the credentials" in run("check", "smsc", ALLOWED).stdout
    result = run("send", "smsc", "+12025550123", "Muraho", ALLOWED)
    assert result.exit_code == 0
    assert f"accepted: {smsc.simulator.accepted[0].id}" in result.stdout
    assert run("send", "smsc", "+12025550195", "Muraho", ALLOWED).exit_code == 1
    assert run("send", "smsc", "+12025550190", "Muraho", ALLOWED).exit_code == 4
    assert "session" in run("describe", "smpp").stdout


def test_a_dry_run_shows_the_frame_and_connects_to_nobody(run: Run, tmp_path: Path):
    write(tmp_path, "smpp://smsc.example.com:2775")
    result = run("send", "smsc", "+12025550123", "Muraho", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.startswith("SUBMIT smpp://smsc.example.com:2775\nFrame: SubmitSm")
    assert '"destination_addr": "12025550123"' in result.stdout


def test_a_probe_of_a_channel_without_a_connection_is_refused(run: Run, tmp_path: Path):
    (tmp_path / "sms-adapters.toml").write_text(
        '[channels.x]\nadapter = "kannel"\n[channels.x.config]\nbase_url = "http://kannel.example.net:13013"\n'
        'username = "tester"\npassword = "tester-example"\n'
    )
    result = run("smsc", "probe", "x")
    assert result.exit_code == 2
    assert "holds no connection" in result.stderr


def test_listen_prints_what_the_smsc_delivers_and_logs_out_at_ctrl_c(smsc: SmscServer, tmp_path: Path):
    command = [sys.executable, "-m", "sms_adapters", "listen", "smsc", "--port", "0", ALLOWED, "--json"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        smsc.soon(smsc.inbound, "+12025550123", "+12025550100", "Yego")
        try:
            line = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (line["text"], line["sender"], line["channel"]) == ("Yego", "+12025550123", "smsc")
    assert process.returncode == 0, rest
    assert "bound" in rest[1]
    assert "logged out" in rest[1]
