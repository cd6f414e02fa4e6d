"""The image as a builder makes it from the Dockerfile, and its programs at work in it."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.builder import Builder, Image
from tests.support.programs import find_program
from tests.support.servers import free_port

pytestmark = pytest.mark.image
USER_ID = 10001
START_SECONDS = 300


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    if missing := [name for name in ("buildah", "crun", "debootstrap") if find_program(name) is None]:
        pytest.fail(
            f"{', '.join(missing)}: not installed; `make image` does it as root on Debian", pytrace=False
        )
    built = Builder(tmp_path_factory.mktemp("image")).build()
    yield built
    built.builder.buildah("rm", "--all")
    built.builder.buildah("rmi", "--all", "--force")


def test_its_user_owns_the_volume_and_nothing_of_the_program(image: Image) -> None:
    assert image.run("id", "-u").strip() == str(USER_ID)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        image.run("touch", "/opt/daigou-warehouse/dbt_project/anything")
    assert "Permission denied" in refused.value.stderr


def test_it_publishes_in_the_volume(image: Image) -> None:
    image.run("warehouse", "init")
    image.run("warehouse", "land", "/warehouse/samples")
    image.run("warehouse", "increment")
    said = image.run(
        "warehouse",
        "query",
        "--format",
        "csv",
        "select count(*) > 0 from core_daily where gross_paid_cny > 0",
    )
    assert said.splitlines()[1] == "true"
    assert "pages" in image.run("warehouse", "dashboard")


def test_its_command_is_dagster_for_the_volume(image: Image) -> None:
    command = image.configured(".OCIv1.Config.Cmd").strip("[]").split()
    port = free_port()
    process = subprocess.Popen(image.command(*command, "--port", str(port)))
    try:
        assert answered(f"http://127.0.0.1:{port}/server_info", process)
        assert "enabled: false" in image.run("cat", "/warehouse/dagster/dagster.yaml")
    finally:
        end_all_of(str(port))
        process.wait(60)


def answered(address: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(1)
    return False


def end_all_of(port: str) -> None:
    """Interrupt the server that was given the port: its signals do not pass through the changed root's processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if words[1:3] == ["-m", "orchestration.dagster_graph.server"] and port in words:
            os.kill(int(folder.name), 15)
