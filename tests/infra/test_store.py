"""A document is kept under the hash of its bytes: whole or not at all, and never handed out changed."""

import hashlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from app.infra import store

PAPER = "Ursprungszeugnis · मूल प्रमाणपत्र".encode()


@pytest.fixture
def shelf(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty store."""
    monkeypatch.setitem(app.config, "DOCUMENTS", tmp_path / "documents")
    with app.app_context():
        yield tmp_path / "documents"


def files(shelf: Path) -> list[Path]:
    """Every file in the store."""
    return [path for path in shelf.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [PAPER, b"", b"\0" * 100_000, os.urandom(1_000)], ids=["text", "empty", "zeros", "any"])
def test_what_is_put_in_comes_out(shelf: Path, content: bytes) -> None:
    """Under its SHA-256, in a folder named after its first two digits."""
    digest = store.put(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert store.get(digest) == content
    assert files(shelf) == [shelf / digest[:2] / digest]


def test_the_same_bytes_are_stored_once(shelf: Path) -> None:
    """The second time nothing is written."""
    digest = store.put(PAPER)
    before = files(shelf)[0].stat()
    assert store.put(PAPER) == digest
    assert files(shelf)[0].stat() == before


def test_many_at_once_store_one_file(app: Flask, shelf: Path) -> None:
    """And none of them fails."""

    def put(_number: int) -> str:
        with app.app_context():
            return store.put(PAPER)

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(put, range(64)))) == 1
    assert len(files(shelf)) == 1


@pytest.mark.parametrize("wrong", [PAPER + b" ", PAPER[:-1], b"", PAPER.swapcase()])
def test_altered_bytes_are_not_handed_out(shelf: Path, wrong: bytes) -> None:
    """A byte more, a byte less, none, others."""
    digest = store.put(PAPER)
    files(shelf)[0].write_bytes(wrong)
    with pytest.raises(store.Damaged, match=f"{digest} has been altered"):
        store.get(digest)


def test_a_missing_document_is_named(shelf: Path) -> None:
    """So that the operator knows which one to bring back."""
    digest = store.put(PAPER)
    files(shelf)[0].unlink()
    with pytest.raises(store.Damaged, match=f"{digest} is missing"):
        store.get(digest)
    assert store.put(PAPER) == digest
    assert store.get(digest) == PAPER


def test_nothing_outside_the_store_can_be_read(shelf: Path) -> None:
    """A hash that is a path in disguise leads to no content."""
    store.put(PAPER)
    (shelf.parent / "secret").write_text("the key")
    for path in ("../secret", "..\\secret", "/etc/hostname", "aa/../../secret"):
        with pytest.raises((store.Damaged, OSError)):
            store.get(path)


def test_a_full_disk_leaves_nothing_behind(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half file, and the next attempt works."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as trouble:
        trouble.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            store.put(PAPER)
    assert files(shelf) == []
    assert store.get(store.put(PAPER)) == PAPER


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_killed_while_storing(shelf: Path, step: str) -> None:
    """Either the document is there whole, or not at all; storing again makes it so."""
    if (child := os.fork()) == 0:
        setattr(os, step, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        try:
            store.put(PAPER)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with pytest.raises(store.Damaged, match="missing"):
        store.get(hashlib.sha256(PAPER).hexdigest())
    assert store.get(store.put(PAPER)) == PAPER
