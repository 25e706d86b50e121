"""Downloads that break off and go on, against a local server in every mood."""

import hashlib
import sys

import numpy as np
import pytest

from locality.data import mirror
from locality.data.cache import RawFile, cached_file
from locality.data.download import download
from locality.errors import DataError
from served import served

RAW = np.random.default_rng(1).integers(0, 256, 300_000, np.uint8).tobytes()
SHA = hashlib.sha256(RAW).hexdigest()
FILE = RawFile("net-12345678.pth", 400_000, None, SHA[:8], at_most=True)
PLACE = "/net-12345678.pth"


@pytest.fixture
def server():
    with served() as running:
        running.body[PLACE] = RAW
        running.headers["ETag"] = '"one"'
        yield running


def fetch(server, folder, progress=None, file=FILE):
    return cached_file("net", folder, file, [download(server.base)], progress)


def refused(server, folder, file=FILE):
    """Why the source did not deliver, and that the whole message says what can be done by hand."""
    with pytest.raises(DataError) as error:
        fetch(server, folder, file=file)
    message = str(error.value)
    assert message.startswith("net: not in the cache, and no source delivered it. Tried: the cache (")
    assert message.endswith(f"). Put this file into {folder}: {file.name}.")
    return message.partition(f"{server.base} (")[2].rpartition("). Put")[0]


def test_a_file_is_fetched_once_checked_and_kept(server, tmp_path):
    told = []
    path = fetch(server, tmp_path, lambda *progress: told.append(progress))
    assert path.read_bytes() == RAW
    assert told[-1] == (FILE.name, len(RAW), len(RAW))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert fetch(server, tmp_path) == path
    assert server.asked == [(PLACE, None, None)]
    assert [each.name for each in tmp_path.iterdir()] == [FILE.name]


@pytest.mark.parametrize("named", [{"ETag": '"one"'}, {"Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT"}, {}])
def test_a_download_that_broke_off_goes_on_at_the_next_call(server, tmp_path, named):
    server.headers = named
    server.most = 100_000
    said = "net-12345678.pth broke off before the end; the next call goes on after 100000 bytes of 300000"
    assert refused(server, tmp_path) == said
    assert (tmp_path / f"{FILE.name}.part").read_bytes() == RAW[:100_000]
    assert refused(server, tmp_path) == said.replace("100000", "200000")
    server.most = 0
    told = []
    assert fetch(server, tmp_path, lambda *progress: told.append(progress)).read_bytes() == RAW
    assert min(done for _, done, _ in told) > 200_000
    assert told[-1] == (FILE.name, 300_000, 300_000)
    version = next(iter(named.values()), None)
    assert server.asked == [(PLACE, None, None), (PLACE, "bytes=100000-", version), (PLACE, "bytes=200000-", version)]
    assert [each.name for each in tmp_path.iterdir()] == [FILE.name]


def part(tmp_path, content, version='"one"'):
    (tmp_path / f"{FILE.name}.part").write_bytes(content)
    (tmp_path / f"{FILE.name}.part.version").write_text(version)


def test_a_server_without_range_is_asked_for_all_of_it(server, tmp_path):
    server.ranges = False
    part(tmp_path, RAW[:1000])
    assert fetch(server, tmp_path).read_bytes() == RAW
    assert server.asked == [(PLACE, "bytes=1000-", '"one"')]


def test_a_file_that_changed_meanwhile_is_fetched_anew(server, tmp_path):
    part(tmp_path, b"x" * 1000, '"zero"')
    assert fetch(server, tmp_path).read_bytes() == RAW
    assert server.asked == [(PLACE, "bytes=1000-", '"zero"')]


def test_a_weak_tag_is_not_sent_back(server, tmp_path):
    server.headers["ETag"] = 'W/"one"'
    server.most = 1000
    refused(server, tmp_path)
    server.most = 0
    fetch(server, tmp_path)
    assert server.asked[-1] == (PLACE, "bytes=1000-", None)


def test_a_part_of_something_else_is_noticed_by_the_checksum_and_fetched_anew(server, tmp_path):
    part(tmp_path, b"x" * 1000)
    assert fetch(server, tmp_path).read_bytes() == RAW
    assert [asked[1] for asked in server.asked] == ["bytes=1000-", None]


def test_a_server_that_answers_with_another_range_is_asked_for_all_of_it(server, tmp_path):
    server.begins = 999
    part(tmp_path, RAW[:1000])
    assert fetch(server, tmp_path).read_bytes() == RAW
    assert [asked[1] for asked in server.asked] == ["bytes=1000-", None]


def test_a_part_longer_than_the_file_is_fetched_anew(server, tmp_path):
    part(tmp_path, RAW + b"more")
    assert fetch(server, tmp_path).read_bytes() == RAW
    assert [asked[1] for asked in server.asked] == ["bytes=300004-", None]


def test_a_part_that_is_whole_is_put_in_place_without_asking(server, tmp_path):
    part(tmp_path, RAW)
    assert fetch(server, tmp_path).read_bytes() == RAW
    assert server.asked == []


@pytest.mark.parametrize(
    ("body", "headers", "why"),
    [
        (None, {}, "status 404"),
        (b"<html>sign in", {"Content-Type": "text/html; charset=utf-8"}, "{url} is a web page, not the file"),
        (b"<html>sign in", {}, "net-12345678.pth has the wrong SHA-256"),
        (b"", {}, "net-12345678.pth has the wrong SHA-256"),
        (RAW[:-1] + b"!", {}, "net-12345678.pth has the wrong SHA-256"),
        (RAW * 2, {}, "net-12345678.pth is 600000 bytes there, more than the 400000 it may have"),
    ],
)
def test_a_bad_answer_is_told_and_leaves_nothing_behind(server, tmp_path, body, headers, why):
    server.body[PLACE], server.headers = body, headers
    if body is None:
        del server.body[PLACE]
    assert refused(server, tmp_path) == why.format(url=server.base + PLACE)
    assert not (tmp_path / FILE.name).exists()
    left = [each for each in tmp_path.iterdir() if each.stat().st_size]
    assert [each for each in left if not each.name.endswith(".version")] == []


@pytest.mark.parametrize("length", [True, False])
def test_what_is_larger_than_announced_or_allowed_is_cut_off(server, tmp_path, length):
    server.length = False
    server.body[PLACE] = bytes(10_000_000)
    if length:
        server.headers["Content-Length"] = "1000"  # urllib itself stops there
        assert refused(server, tmp_path) == "net-12345678.pth has the wrong SHA-256"
    else:
        said = "net-12345678.pth is larger than the 400000 bytes it may have"
        assert refused(server, tmp_path) == said
        assert (tmp_path / f"{FILE.name}.part").stat().st_size == 0


def test_a_server_that_stops_sending_is_given_up_and_what_came_is_kept(server, tmp_path, monkeypatch):
    monkeypatch.setattr(mirror, "PATIENCE", 0.3)
    server.most, server.silence = 1000, 1.0
    why = "net-12345678.pth broke off: timed out; the next call goes on after 1000 bytes"
    assert refused(server, tmp_path) == why
    assert (tmp_path / f"{FILE.name}.part").read_bytes() == RAW[:1000]


def test_nobody_at_the_address_is_told(tmp_path):
    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:9 \(Connection refused\)"):
        cached_file("net", tmp_path, FILE, [download("http://127.0.0.1:9")])


def test_a_folder_serves_through_a_file_address(tmp_path):
    (tmp_path / "usb").mkdir()
    (tmp_path / "usb" / FILE.name).write_bytes(RAW)
    part(tmp_path, RAW[:1000])
    found = cached_file("net", tmp_path, FILE, [download((tmp_path / "usb").as_uri())])
    assert found.read_bytes() == RAW


def test_a_wrong_file_put_there_by_hand_is_told(server, tmp_path):
    (tmp_path / FILE.name).write_bytes(b"x")
    server.body.clear()
    with pytest.raises(DataError, match=r"the cache \(net-12345678\.pth has the wrong SHA-256\)"):
        fetch(server, tmp_path)
    assert (tmp_path / FILE.name).read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")
def test_one_part_is_not_filled_twice_at_a_time(server, tmp_path):
    import fcntl

    with open(tmp_path / f"{FILE.name}.part", "ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert refused(server, tmp_path) == "another process is fetching net-12345678.pth at this moment"
    assert server.asked == []
    assert fetch(server, tmp_path).read_bytes() == RAW


def test_a_cache_that_cannot_be_written_is_told(server, tmp_path):
    (tmp_path / "weights").write_text("a file where the folder should be")
    with pytest.raises(DataError) as error:
        fetch(server, tmp_path / "weights")
    assert str(error.value) == (
        f"net: the cache folder {tmp_path / 'weights'} cannot be written (File exists). "
        "Make room or mend its permissions, or set LOCALITY_CACHE to another folder."
    )
