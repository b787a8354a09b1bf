"""Files appear whole or not at all."""

import errno
import json

import click
import pytest

from nlsq import console
from nlsq.errors import UserError
from nlsq.files import atomic_folder, atomic_path, checksum, read_json, read_json_lines, require_space, write_json


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "result.json"
    write_json(path, {"a": 1})
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert json.loads(path.read_text()) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


def test_a_failed_folder_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "model") as temporary:
        (temporary / "weights").write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    for text in ("one", "two"):
        with atomic_folder(tmp_path / "model") as temporary:
            (temporary / text).write_text(text)
    assert [entry.name for entry in (tmp_path / "model").iterdir()] == ["two"]


def test_checksum_of_a_folder_depends_on_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("x")
    before = checksum(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert checksum(tmp_path) != before


def test_missing_and_malformed_files_are_user_errors(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        read_json(tmp_path / "no.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(UserError, match="not valid JSON"):
        read_json(tmp_path / "bad.json")
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(UserError, match="line 2"):
        list(read_json_lines(tmp_path / "bad.jsonl"))


def test_work_that_does_not_fit_on_the_disk_is_not_begun(tmp_path):
    require_space(tmp_path / "not" / "yet", 1)
    with pytest.raises(UserError, match="no disk space"):
        require_space(tmp_path, 10**18)


def ends_with(error):
    @click.command()
    def fails():
        raise error

    with pytest.raises(SystemExit) as end:
        console.run(fails, args=[])
    return end.value.code


def test_a_full_disk_is_one_line(capsys):
    assert ends_with(OSError(errno.ENOSPC, "No space left on device", "/x/y")) == 2
    assert ends_with(RuntimeError("SafetensorError: No space left on device (os error 28)")) == 2
    assert ends_with(NotADirectoryError(errno.ENOTDIR, "Not a directory", "/x/y")) == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 3
    assert "not a directory: /x/y" in errors
    assert "no disk space left" in errors


def test_interrupts_and_user_errors_have_their_codes(capsys):
    assert ends_with(KeyboardInterrupt()) == 130
    assert ends_with(UserError("the thing is wrong", "mend it")) == 2
    assert "error: the thing is wrong -> mend it" in capsys.readouterr().err


def test_our_own_mistakes_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        ends_with(ZeroDivisionError())
