"""Files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from dedup.errors import SettingsError


def check_target(path: Path) -> None:
    """Raise SettingsError when no file can be written to a path."""
    try:
        if path.is_dir():
            raise SettingsError(f"{path}: is a folder; name a file in it")
        if not path.parent.is_dir():
            raise SettingsError(f"{path}: there is no folder {path.parent}; make it first")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror}); name another") from error
    if not os.access(path.parent, os.W_OK):
        raise SettingsError(f"{path}: the folder {path.parent} may not be written to; name another")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary one beside it and a rename; nothing is left behind when that fails."""
    write_blocks(path, (content,))


def write_blocks(path: Path, blocks: Iterable[bytes]) -> None:
    """Write a file as `write_whole` does, from blocks of which one at a time is held; what raises in making them is a failure."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:32]}.", dir=path.parent)  # a name may be as long as names can be
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
