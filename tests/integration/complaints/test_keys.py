"""The service keys: made once, never silently anew, and given back by two sheets of paper."""

import stat

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints import cli, keys
from ckanext.complaints.domain import acknowledgements, crypto
from ckanext.complaints.keys import KeysMissing, Purpose
from ckanext.opengov.shared.keyring import Unreadable


@pytest.fixture(autouse=True)
def folder(tmp_path, portal, monkeypatch):
    """A folder for the keys of this test."""
    monkeypatch.setitem(tk.config, "ckanext.complaints.keys_folder", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def rows(portal):
    """Write rows under keys, as every table of complaints does."""
    engine = model.ensure_engine()
    tables = {
        "complaints_try_member": ("key_id",),
        "complaints_try_grant": ("holder_kind", "holder_key_id"),
        "complaints_try_access": ("pepper_id",),
    }
    with engine.begin() as connection:
        for name, columns in tables.items():
            declared = ", ".join(f"{column} text" for column in columns)
            connection.execute(sa.text(f"CREATE TABLE {name} ({declared})"))

    def write(name, **values):
        table = sa.table(name, *map(sa.column, values))
        with engine.begin() as connection:
            connection.execute(sa.insert(table).values(values))

    yield write
    model.Session.remove()
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE {', '.join(tables)}"))


def run(portal, *arguments, typed=None):
    with portal.client.flask_app.test_request_context():
        return CliRunner().invoke(cli.complaints, ["keys", *arguments], input=typed)


def test_the_first_key_is_made_once_and_its_owners_alone(folder):
    first = keys.ring()

    assert keys.ring() == first
    assert stat.S_IMODE((folder / "service").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("complaints_try_member", {"key_id": "0a0b0c0d"}),
        ("complaints_try_access", {"pepper_id": "0a0b0c0d"}),
        ("complaints_try_grant", {"holder_kind": "service", "holder_key_id": "0a0b0c0d"}),
    ],
)
def test_no_key_is_made_where_rows_need_one_that_is_gone(folder, rows, table, values):
    rows(table, **values)

    with pytest.raises(KeysMissing) as caught:
        keys.ring()

    assert "ckan complaints keys restore" in str(caught.value)
    assert not folder.exists()


def test_rows_that_need_no_service_key_hinder_nothing(rows):
    rows("complaints_try_grant", holder_kind="unit", holder_key_id="a unit's")
    rows("complaints_try_member", key_id=None)

    assert keys.ring()


def test_a_new_key_is_used_at_once_and_the_old_one_reads(portal):
    old = keys.pair(Purpose.SERVICE)
    about = crypto.About("case", "grant", "grant", "talk", 1)
    grant = crypto.seal(old.public, b"a secret key", about, pad=False)
    document = acknowledgements.acknowledge(
        *keys.signer(), dict.fromkeys(acknowledgements.STATED, "x"), "text"
    )

    done = run(portal, "add")

    new = keys.pair(Purpose.SERVICE)
    assert done.exit_code == 0
    assert new.id != old.id
    assert new.id in done.output
    holder = keys.pair_named(Purpose.SERVICE, old.id)
    assert crypto.open_(holder.secret, grant, about, pad=False) == b"a secret key"
    assert acknowledgements.check(document, keys.acknowledgement_keys())["key_id"] == old.id
    assert keys.pepper(old.id) != keys.pepper(new.id)
    with pytest.raises(Unreadable):
        keys.pair_named(Purpose.SERVICE, "00000000")


def test_each_use_has_a_key_of_its_own():
    pairs = {keys.pair(purpose).secret for purpose in Purpose}

    assert len(pairs) == len(Purpose)


def test_the_list_names_the_keys_and_tells_no_secret(portal, folder):
    ring = keys.ring()
    run(portal, "add")

    said = run(portal, "list").output

    assert [line.split()[0] for line in said.splitlines()] == [k.id for k in keys.ring().keys]
    assert said.splitlines()[0].split()[1] == "reads"
    assert "in use" in said.splitlines()[1]
    assert keys.acknowledgement_keys()[ring.in_use.id].hex() in said
    for line in (folder / "service").read_text().split():
        assert line in said or len(line) > 8
        assert not (len(line) > 8 and line in said)


def test_two_typed_sheets_give_the_lost_file_back(portal, folder, tmp_path):
    before = keys.ring()
    sheets = tmp_path / "paper"
    assert run(portal, "escrow", "--to", str(sheets)).exit_code == 0
    files = [sheets / "sheet-1.txt", sheets / "sheet-2.txt"]
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in files)
    lines = [
        [line for line in each.read_text().splitlines() if not line.startswith("#")]
        for each in files
    ]
    (folder / "service").unlink()

    slip = lines[0][0][:-1] + ("0" if lines[0][0][-1] != "0" else "1")
    typed = "\n".join([slip, *lines[0], *(line[4:].lower() for line in lines[1])])
    done = run(portal, "restore", typed=f"{typed}\n")

    assert done.exit_code == 0, done.output
    assert "Line 1 is not as it stands on the sheet. Again." in done.output
    assert keys.ring() == before
    (folder / "service").unlink()
    assert run(portal, "restore", *map(str, files)).exit_code == 0
    assert keys.ring() == before


def test_the_sheets_are_printed_one_after_the_other(portal):
    printed = run(portal, "escrow").output

    assert printed.index("sheet 1 of 2") < printed.index("sheet 2 of 2")
    for key in keys.ring().keys:
        assert key.master.hex() not in printed


def test_restoring_never_drops_a_key_unless_told_to(portal, folder, tmp_path):
    run(portal, "escrow", "--to", str(tmp_path))
    sheets = [str(tmp_path / "sheet-1.txt"), str(tmp_path / "sheet-2.txt")]
    run(portal, "add")
    later = keys.ring()

    refused = run(portal, "restore", *sheets)

    assert refused.exit_code == 1
    assert later.in_use.id in refused.output
    assert keys.ring() == later
    assert run(portal, "restore", "--force", *sheets).exit_code == 0
    assert keys.ring().keys == later.keys[:1]
    (aside,) = (each for each in folder.iterdir() if each.name != "service")
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert later.in_use.id in aside.read_text()


def test_sheets_that_do_not_fit_write_nothing(portal, folder, tmp_path):
    for name in ("one", "two"):
        run(portal, "escrow", "--to", str(tmp_path / name))
    (folder / "service").unlink()

    mixed = [str(tmp_path / "one" / "sheet-1.txt"), str(tmp_path / "two" / "sheet-2.txt")]
    done = run(portal, "restore", *mixed)
    alone = run(portal, "restore", mixed[0])

    assert done.exit_code == 1
    assert "same escrow" in done.output
    assert alone.exit_code == 2
    assert not (folder / "service").exists()


def test_check_says_which_keys_rows_need(portal, rows):
    old = keys.ring().in_use.id
    run(portal, "add")
    new = keys.ring().in_use.id
    for _ in range(3):
        rows("complaints_try_grant", holder_kind="service", holder_key_id=old)
    rows("complaints_try_grant", holder_kind="unit", holder_key_id="a unit's")
    rows("complaints_try_member", key_id=old)

    fine = run(portal, "check")

    assert fine.exit_code == 0
    assert fine.output.splitlines() == [
        f"{old}  reads    3 complaints_try_grant, 1 complaints_try_member",
        f"{new}  in use   no row needs it",
    ]
    rows("complaints_try_access", pepper_id="0a0b0c0d")
    lacking = run(portal, "check")
    assert lacking.exit_code == 1
    assert lacking.output.splitlines()[-1] == "0a0b0c0d  MISSING  1 complaints_try_access"


def test_a_spoilt_file_is_said_and_left_alone(portal, folder):
    keys.ring()
    (folder / "service").write_text("spoilt")

    for command in ("list", "add", "escrow", "check"):
        done = run(portal, command)
        assert done.exit_code == 1
        assert "is spoilt" in done.output
    assert (folder / "service").read_text() == "spoilt"
