"""How the service is run for others: compose files, units and proxies fit the program, its settings and each other."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import ROLES, app
from bot.settings import PREFIX, known_keys

ROOT = Path(__file__).resolve().parent.parent
SERVING = ROOT / "tools" / "serving"
COMPOSED = ("compose.yml", "compose.many.yml")
UNITS = sorted(SERVING.glob("*.service"))
SECRET = re.compile(r"(?i)(token|secret|password|database_url)$")


def _composed(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return found


def _ours() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each service of our image, with the name of its file."""
    for name in COMPOSED:
        yield from ((name, one) for one in _composed(name)["services"].values() if "build" in one)


def _every() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name in COMPOSED:
        yield from ((name, key, one) for key, one in _composed(name)["services"].items())


def _setting(variable: str) -> str:
    return variable.removeprefix(PREFIX).lower().removesuffix("_file").replace("__", ".")


def test_every_role_is_one_of_the_program() -> None:
    named = {one["command"][2] for _, one in _ours() if one.get("command", ["up"])[0] == "up" and "command" in one}
    assert named == set(ROLES) - {"all"}
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    assert all(one["command"][0] in root.commands for _, one in _ours() if "command" in one)


def test_every_variable_is_a_setting_and_no_secret_is_a_value() -> None:
    for name, key, one in _every():
        for variable in one.get("environment", {}):
            if variable.startswith(PREFIX) and variable not in ("FENGSUI_HOST", "FENGSUI_UPSTREAM"):
                assert _setting(variable) in known_keys(), f"{name}: {variable}"
            assert not SECRET.search(variable), f"{name}: {key} has {variable} as a value"
    assert "password@" not in (ROOT / "compose.many.yml").read_text("utf-8")


def test_every_secret_that_is_read_is_given() -> None:
    for name, key, one in _every():
        given = set(one.get("secrets", ()))
        read = {value.removeprefix("/run/secrets/") for value in one.get("environment", {}).values()
                if str(value).startswith("/run/secrets/")}  # fmt: skip
        assert read == given, f"{name}: {key}"
        assert given <= set(_composed(name).get("secrets", {}))
    assert "secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_ours_can_write_nothing_but_their_data_and_are_told_to_stop_in_time() -> None:
    for name, one in _ours():
        assert one["read_only"], name
        assert one["tmpfs"] == ["/tmp"]
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert one["volumes"] == ["data:/data"]  # FENGSUI_DATA of the image
        assert "user" not in one  # that of the image, which is not root
        assert one["stop_grace_period"]


def test_only_the_proxy_is_reached_from_outside() -> None:
    for name, key, one in _every():
        outside = [port for port in one.get("ports", ()) if not port.startswith("127.0.0.1:")]
        assert not outside or key == "caddy", f"{name}: {key} listens to everybody"


def test_who_listens_is_asked_whether_it_is_well_and_who_does_not_is_not() -> None:
    for name, one in _ours():
        listens = one.get("command", ["up"])[-1] in ("up", "web")
        assert listens is not bool(one.get("healthcheck", {}).get("disable")), f"{name}: {one.get('command')}"


def test_images_of_others_are_of_a_named_version() -> None:
    for name, key, one in _every():
        if "build" not in one:
            assert re.search(r":\d+(\.\d+)?-\w+$", one["image"]), f"{name}: {key}"


def test_what_is_mounted_and_waited_for_is_there() -> None:
    for name, key, one in _every():
        composed = _composed(name)
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            there = (ROOT / source).exists() if source.startswith(".") else source in composed["volumes"]
            assert there, f"{name}: {key} mounts {source}"
        assert set(one.get("depends_on", ())) <= set(composed["services"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_valid_name_our_settings_and_keep_secrets_out(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text("utf-8")
    for variable, value in re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE):
        assert _setting(variable) in known_keys(), variable
        assert not SECRET.search(variable), variable
        if value.startswith("%d/"):
            assert f"LoadCredential={value.removeprefix('%d/')}:" in text
    verifier = shutil.which("systemd-analyze")
    if verifier is None:
        pytest.skip("NO SYSTEMD: its systemd-analyze verifies the units")
    there = tmp_path / unit.name.replace("@", "@worker")
    # The program and its folder are not at that place on this machine; all else is verified as it stands.
    there.write_text(text.replace("/srv/fengsui/.venv/bin/fengsui", "/bin/true").replace("/srv/fengsui", "/"))
    done = subprocess.run([verifier, "verify", there], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_proxies_lead_to_the_port_and_let_the_stream_through() -> None:
    caddy, nginx = (SERVING / name for name in ("Caddyfile", "nginx.conf"))
    assert "8000" in caddy.read_text("utf-8")
    assert "flush_interval -1" in caddy.read_text("utf-8")
    text = nginx.read_text("utf-8")
    for wanted in ("proxy_buffering off", "X-Forwarded-For $remote_addr", "proxy_read_timeout 1h", "127.0.0.1:8000"):
        assert wanted in text
    assert text.count("{") == text.count("}")
