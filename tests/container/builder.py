"""Builds the image without a daemon and runs programs in it: buildah, in a storage of its own, in a changed root."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.container.dockerfile import DOCKERFILE, ROOT, instructions

IMAGE = "localhost/daigou-warehouse"
# Where no registry can be reached, the release of Debian whose Python is that of the base image stands in for it.
_STAND_IN = "trixie"
# Whom this machine trusts, for what the steps download.
_TRUSTED = ("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates")


@dataclass(frozen=True)
class Builder:
    """A storage of images below `folder`."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        """A command of buildah on this storage."""
        storage = (
            "--storage-driver",
            "vfs",
            "--root",
            f"{self.folder}/root",
            "--runroot",
            f"{self.folder}/run",
        )
        return ["buildah", *storage, *arguments]

    def buildah(self, *arguments: str) -> str:
        """What a command of buildah says. Raises CalledProcessError with what it complained of."""
        return _run(self.command(*arguments))

    def build(self) -> "Image":
        """Carry out the Dockerfile as it stands."""
        base = next(one.arguments.split()[0] for one in instructions(DOCKERFILE.read_text(encoding="utf-8")))
        try:
            self.buildah("pull", base)
        except subprocess.CalledProcessError:
            self._make_stand_in(base)
        self.buildah(
            *("bud", "--isolation", "chroot", "--network", "host", "--pull-never"),
            *(f"--volume={path}:{path}:ro" for path in _TRUSTED if Path(path).is_dir()),
            *("--file", str(DOCKERFILE), "--tag", IMAGE, str(ROOT)),
        )
        return Image(self, self.buildah("from", "--pull-never", IMAGE).strip())

    def _make_stand_in(self, name: str) -> None:
        root = self.folder / "stand-in"
        _run(["debootstrap", "--variant=minbase", "--include=python3,python3-venv", _STAND_IN, str(root)])
        (root / "usr" / "bin" / "python").symlink_to("python3")
        container = self.buildah("from", "scratch").strip()
        self.buildah("add", container, str(root), "/")
        self.buildah("commit", container, f"docker.io/library/{name}")
        self.buildah("rm", container)


@dataclass(frozen=True)
class Image:
    """A container of the built image, which keeps its volume from one program to the next."""

    builder: Builder
    container: str

    def configured(self, what: str) -> str:
        """A part of the image's configuration, by its place in Go's template language."""
        return self.builder.buildah(
            "inspect", "--type", "image", "--format", f"{{{{{what}}}}}", IMAGE
        ).strip()

    def command(self, *command: str) -> list[str]:
        """What runs a command in the container as the image's user."""
        return self.builder.command("run", "--isolation", "chroot", self.container, "--", *command)

    def run(self, *command: str) -> str:
        """What it says. Raises CalledProcessError with what it complained of."""
        return _run(self.command(*command))


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return done.stdout
