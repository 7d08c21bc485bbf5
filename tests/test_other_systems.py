"""What Windows does otherwise: its locks, its encodings of the console. The calls are Windows's in miniature."""

import importlib.util
import io
import os
import sys
import types

import pytest

from ebpm.cli import main
from ebpm.errors import DataError
from ebpm.records import locking


@pytest.mark.parametrize("encoding", ["cp932", "cp1252", "ascii"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_console_without_some_characters_gets_a_question_mark(monkeypatch, encoding, lang):
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", console)
    assert main(["explain", "D203", "--lang", lang]) == 0
    console.flush()
    assert b"D203" in console.buffer.getvalue()


@pytest.fixture
def on_windows(monkeypatch):
    """The module of locks as Windows loads it: bytes are locked one by one, and an open file cannot be taken away."""
    held, opened = {}, set()

    def lock(handle, mode, count):
        place = os.fstat(handle).st_ino, os.lseek(handle, 0, os.SEEK_CUR)
        assert place[1] > 1000, "the name of the holder must stay readable"
        if place in held:
            raise OSError(36, "locked")
        held[place] = handle

    def close(handle, really=os.close):
        for place in [place for place, holder in held.items() if holder == handle]:
            del held[place]
        opened.discard(handle)
        really(handle)

    def open_file(*given, really=os.open):
        handle = really(*given)
        opened.add(handle)
        return handle

    spec = importlib.util.find_spec("ebpm.records.locking")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(locking=lock, LK_NBLCK=2))
    spec.loader.exec_module(module)
    monkeypatch.setattr(os, "open", open_file)
    monkeypatch.setattr(os, "close", close)
    yield module
    assert opened == set()


def test_one_writer_at_a_time_without_fcntl(on_windows, tmp_path):
    with on_windows.only_writer(tmp_path):
        with pytest.raises(DataError, match=str(os.getpid())), on_windows.only_writer(tmp_path):
            pass
        assert (tmp_path / locking.FILE).exists()
    assert not (tmp_path / locking.FILE).exists()
    with on_windows.only_writer(tmp_path):
        pass


def test_every_room_loads_without_what_only_unix_has():
    import subprocess

    gone = "import sys; sys.modules |= dict.fromkeys(('fcntl', 'resource', 'pwd', 'grp', 'termios'))"
    rooms = "import ebpm, ebpm.cli, ebpm.run; [getattr(ebpm, name) for name in ebpm.__all__]"
    done = subprocess.run([sys.executable, "-c", f"{gone}; {rooms}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
