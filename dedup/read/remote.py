"""Files at addresses (s3://, gs://, https://, memory://), by fsspec and whatever driver the protocol needs.

An address may hold a password or a token. Names and messages carry it without: without "user:password@", without what follows
"#", and of what follows "?" only short values under harmless names (`id=7`, not `X-Amz-Signature=...`). What a driver says of an
error is not repeated, for it may quote the address.
Leaves out: chains of file systems ("zip::s3://"), and folders of web servers, which have no listing that could be relied on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

from dedup.errors import InputError
from dedup.read.problems import Problems
from dedup.read.streams import Input

BUFFER_BYTES = 1 << 20

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SECRET = re.compile(r"key|token|sig|secret|pass|pwd|auth|cred|session|code|jwt|^x-|^s[a-z]$", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.,-]{1,16}", re.ASCII)
_VERSION = ("size", "mtime", "LastModified", "last_modified", "updated", "created", "ETag", "etag")
"""What drivers call it: local files, S3, Azure, Google, memory."""
_WEB = ("http", "https")


def is_address(path: str) -> bool:
    """Return whether a path is an address."""
    return _ADDRESS.match(path) is not None


def hide_secrets(address: str) -> str:
    """Return an address without what may be a password or a token; any other path as it is."""
    if not is_address(address):
        return address
    address, _, query = address.partition("#")[0].partition("?")
    protocol, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    kept = [part for part in query.split("&") if part and _is_harmless(*part.partition("=")[::2])]
    return f"{protocol}://{host.rpartition('@')[2]}{slash}{path}" + (f"?{'&'.join(kept)}" if kept else "")


def expand_address(address: str, known: Collection[str], bare_suffix: Callable[[str], str], problems: Problems) -> Iterator[Input]:
    """Yield the file at an address, or those below it in sorted order: those whose suffix is known, and not the hidden ones.

    Raises InputError when there is nothing, or no driver for the protocol.
    """
    name = hide_secrets(address)
    system, root = connect(address, name)
    if address.partition("://")[0].lower() in _WEB:
        if address.partition("?")[0].endswith("/"):
            raise InputError(f"{name}: a web server does not list its folders; name the files")
        yield _make_input(system, address, name, bare_suffix)
        return
    try:
        below = sorted(system.find(root)) if system.isdir(root) else None
        is_there = below is not None or system.exists(root)
    except Exception as error:
        raise InputError(f"{name}: cannot be read ({_describe(error)})") from None
    if not is_there:
        raise InputError(f"{name}: no such file or folder")
    for path in [root] if below is None else below:
        relative = path.removeprefix(root.rstrip("/")).lstrip("/")
        if any(part.startswith(".") for part in relative.split("/")):
            continue
        found = _make_input(system, path, f"{name.rstrip('/')}/{relative}" if relative else name, bare_suffix)
        if below is None or found.suffix in known:
            yield found
        else:
            problems.ignore(found.suffix or "(none)")


def describe_version(address: str) -> str:
    """Return what a driver knows of a file that differs when it is changed: size, time and tag; nothing where it does not tell."""
    system, path = connect(address, hide_secrets(address))
    try:
        told = system.info(path)
    except Exception:  # what cannot be read is an error where it is read
        return ""
    return repr({name: told[name] for name in _VERSION if name in told})


class _RemoteFile(io.RawIOBase):
    """A driver's file of which every failure is an OSError without an address in it."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def readinto(self, buffer: Any) -> int:
        content = _guard(lambda: self._file.read(len(buffer)))
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(_guard(lambda: self._file.seek(offset, whence)))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def connect(address: str, name: str) -> tuple[Any, str]:
    """Return (the file system of an address, the path in it). name: of it in errors. Raises InputError where there is no driver."""
    try:
        import fsspec  # noqa: PLC0415  only for addresses
    except ImportError as error:
        raise InputError(f"{name}: needs the package fsspec; pip install 'dedup[remote]'") from error
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:  # the driver's own words: "Install s3fs to access S3"
        raise InputError(f"{name}: needs a driver that is not installed; {str(error)[:1].lower()}{str(error)[1:]}") from None
    except Exception as error:
        known = str(error) if str(error).startswith("Protocol not known") else _describe(error)
        raise InputError(f"{name}: cannot be read ({known[:1].lower()}{known[1:]})") from None
    return system, path


def _make_input(system: Any, path: str, name: str, bare_suffix: Callable[[str], str]) -> Input:
    def open_remote() -> io.BufferedReader:
        return io.BufferedReader(_RemoteFile(_guard(lambda: system.open(path, "rb"))), BUFFER_BYTES)

    parts = urlsplit(name.partition("?")[0])
    source = (parts.hostname or "") if parts.scheme in _WEB else name.partition("?")[0].rpartition("/")[0]
    return Input(name, None, bare_suffix(parts.path), source, open_remote)


def _guard(call: Callable[[], Any]) -> Any:
    """Return what a call of a driver returns; its failure is an OSError."""
    try:
        return call()
    except Exception as error:
        raise OSError(getattr(error, "errno", None) or 5, _describe(error)) from None


def _describe(error: BaseException) -> str:
    """Return what went wrong in words of ours."""
    if isinstance(error, FileNotFoundError):
        return "No such file or directory"
    if isinstance(error, PermissionError):
        return "Permission denied"
    status = getattr(error, "status", None)
    return type(error).__name__ + (f", status {status}" if isinstance(status, int) else "")


def _is_harmless(key: str, value: str) -> bool:
    return _SECRET.search(key) is None and _PLAIN.fullmatch(value) is not None
