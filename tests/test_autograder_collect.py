"""Taking submissions in: every class's data is hostile, and some is just odd."""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest

from autograder import collect as collecting
from autograder.collect import BadSource, Collection, collect

CATALOGUE = {"pytorch": ["01-access", "02-initialization"], "mxnet": ["01-access"]}
PLACE = "pytorch/01-access.ipynb"


def take(source: Path, tmp_path: Path) -> Collection:
    return collect(source, tmp_path / "taken", CATALOGUE)


def write(root: Path, place: str, content: bytes = b"{}") -> Path:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def zipped(tmp_path: Path, *entries: str | zipfile.ZipInfo) -> Path:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            archive.writestr(entry, "{}")
    return path


def names(taken: Collection) -> list[tuple[str, str]]:
    return [(item.student, item.assignment) for item in taken.submissions]


def everything(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir()
    )


def test_only_known_notebooks_are_copied(tmp_path: Path) -> None:
    source = tmp_path / "class"
    for place in (
        PLACE,
        "pytorch/torch.py",
        "pytorch/sitecustomize.py",
        "pytorch/02-initialization-Copy1.ipynb",
        "pytorch/deep/01-access.ipynb",
        "pytorch/.ipynb_checkpoints/01-access-checkpoint.ipynb",
        "keras/01-access.ipynb",
    ):
        write(source, f"ada/{place}")
    write(source, "mxnet/01-access.ipynb")
    taken = take(source, tmp_path)
    assert names(taken) == [("ada", "pytorch")]
    assert everything(tmp_path / "taken") == ["ada/" + PLACE]
    assert [line.split(" ")[0] for line in sorted(taken.ignored)] == [
        "ada/keras",
        "ada/keras/01-access.ipynb",
        "ada/pytorch/02-initialization-Copy1.ipynb",
        "mxnet/01-access.ipynb",
    ]


def test_a_folder_without_notebooks_is_a_submission(tmp_path: Path) -> None:
    (tmp_path / "class" / "ada" / "mxnet").mkdir(parents=True)
    assert names(take(tmp_path / "class", tmp_path)) == [("ada", "mxnet")]


def test_links_and_special_files_are_not_read(tmp_path: Path) -> None:
    source = tmp_path / "class"
    secret = write(tmp_path, "secret.ipynb", b"secret")
    write(source, "ada/" + PLACE)
    folder = source / "bob" / "pytorch"
    folder.mkdir(parents=True)
    (folder / "01-access.ipynb").symlink_to(secret)
    os.mkfifo(folder / "02-initialization.ipynb")
    (source / "carl").symlink_to(source / "ada")
    (source / "dora").mkdir()
    (source / "dora" / "pytorch").symlink_to(source / "ada" / "pytorch")
    taken = take(source, tmp_path)
    assert names(taken) == [("ada", "pytorch"), ("bob", "pytorch")]
    assert taken.submissions[1].refused == {
        "01-access": "symlink",
        "02-initialization": "not-a-file",
    }
    assert everything(tmp_path / "taken") == ["ada/" + PLACE]
    assert len(taken.ignored) == 2


def test_a_large_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MAX_NOTEBOOK", 10)
    write(tmp_path / "class", "ada/" + PLACE, b"x" * 11)
    write(tmp_path / "class", "bob/" + PLACE, b"x" * 10)
    ada, bob = take(tmp_path / "class", tmp_path).submissions
    assert ada.refused == {"01-access": "too-big"}
    assert bob.refused == {}


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MAX_NOTEBOOK", 1_000_000)
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/" + PLACE, b"0" * 50_000_000)
        archive.writestr("bob/" + PLACE, b"{}")
    assert path.stat().st_size < 100_000
    ada, bob = take(path, tmp_path).submissions
    assert ada.refused == {"01-access": "too-big"}
    assert bob.refused == {}
    monkeypatch.setattr(collecting, "MAX_ARCHIVE", 1)
    with pytest.raises(BadSource, match="more than 1 bytes"):
        take(path, tmp_path)


@pytest.mark.parametrize(
    "place",
    [
        "../ada/" + PLACE,
        "x/../../ada/" + PLACE,
        "/ada/" + PLACE,
        "//server/ada/" + PLACE,
        "C:/ada/" + PLACE,
        "ada\\..\\..\\pytorch/01-access.ipynb",
        "a\nb/" + PLACE,
        ".hidden/" + PLACE,
        "x" * 201 + "/" + PLACE,
        "ada/pytorch/../../../01-access.ipynb",
    ],
)
def test_tricky_paths_are_refused(tmp_path: Path, place: str) -> None:
    taken = take(zipped(tmp_path, "good/" + PLACE, place), tmp_path)
    assert names(taken) == [("good", "pytorch")]
    assert everything(tmp_path) == ["class.zip", "taken/good/" + PLACE]
    assert len(taken.ignored) == 1
    assert taken.ignored[0].isprintable()


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("ada/" + PLACE)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (ada,) = take(zipped(tmp_path, link), tmp_path).submissions
    assert ada.refused == {"01-access": "symlink"}


def test_the_first_of_two_entries_counts(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path, "ada/" + PLACE, "ada/" + PLACE)
    taken = take(path, tmp_path)
    assert names(taken) == [("ada", "pytorch")]
    assert "twice" in taken.ignored[0]


def test_a_damaged_or_locked_entry_costs_only_itself(tmp_path: Path) -> None:
    path = zipped(tmp_path, "ada/" + PLACE, "bob/" + PLACE, "carl/" + PLACE)
    with zipfile.ZipFile(path) as archive:
        places = [info.header_offset for info in archive.infolist()]
    data = bytearray(path.read_bytes())
    body = places[0] + 30 + len("ada/" + PLACE)
    data[body] ^= 0xFF  # ada's compressed data
    central = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    for at in (central + 8, places[1] + 6):  # bob's flags, in both headers
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    path.write_bytes(data)
    ada, bob, carl = take(path, tmp_path).submissions
    assert ada.refused == bob.refused == {"01-access": "unreadable"}
    assert carl.refused == {}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_chinese_names_in_old_zips(tmp_path: Path, encoding: str) -> None:
    """Programs that do not say UTF-8 write the system's code page."""
    path = zipped(tmp_path, "XXXX/" + PLACE)
    name = "李雷".encode(encoding)
    data = path.read_bytes().replace(b"XXXX", name.ljust(4, b"~")[:4])
    if encoding == "utf-8":
        path = zipped(tmp_path, "XXXXXX/" + PLACE)
        data = path.read_bytes().replace(b"XXXXXX", name)
    path.write_bytes(data)
    assert names(take(path, tmp_path)) == [("李雷", "pytorch")]


def test_a_name_is_one_name_however_it_is_composed(tmp_path: Path) -> None:
    """Some systems take é apart."""
    apart = unicodedata.normalize("NFD", "André")
    taken = take(zipped(tmp_path, f"{apart}/{PLACE}"), tmp_path)
    assert names(taken) == [("André", "pytorch")]


def test_a_second_run_forgets_what_was_taken_back(tmp_path: Path) -> None:
    source = tmp_path / "class"
    second = write(source, "ada/pytorch/02-initialization.ipynb")
    write(source, "ada/" + PLACE)
    take(source, tmp_path)
    second.unlink()
    take(source, tmp_path)
    assert everything(tmp_path / "taken") == ["ada/" + PLACE]


def test_a_time_that_nbgrader_cannot_read_is_left_out(tmp_path: Path) -> None:
    source = tmp_path / "class"
    write(source, "ada/pytorch/timestamp.txt", b"2026-05-01 10:00:00 UTC")
    write(source, "bob/pytorch/timestamp.txt", b"yesterday, or so")
    write(source, "carl/pytorch/timestamp.txt", b"\xff\xfe")
    take(source, tmp_path)
    assert everything(tmp_path / "taken") == ["ada/pytorch/timestamp.txt"]


def test_what_is_no_class_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    text = write(tmp_path, "notes.txt", b"hello")
    for source, said in (
        (tmp_path / "nowhere", "does not exist"),
        (text, "no folder and no ZIP"),
        (tmp_path / "empty", "expected <student>/<assignment>/<notebook>.ipynb"),
    ):
        with pytest.raises(BadSource, match=said):
            take(source, tmp_path)
