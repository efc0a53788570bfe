"""Keys outside the database: what they sign and seal, nobody else makes or moves."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from ckanext.opengov.shared import keyring, register


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "folder" / "keys"
    keyring.make(path)
    return path


def test_the_file_is_its_owners_alone_and_made_once(path):
    before = path.read_text()

    keyring.make(path)

    assert path.read_text() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["keys"]


def test_a_signature_holds_for_its_content_and_purpose_alone(path):
    ring = keyring.load(path)
    key_id, mac = ring.sign("row", {"user": "amel", "state": "on"})

    assert ring.holds("row", {"state": "on", "user": "amel"}, key_id, mac)
    assert not ring.holds("row", {"user": "amel", "state": "off"}, key_id, mac)
    assert not ring.holds("role", {"user": "amel", "state": "on"}, key_id, mac)
    assert not ring.holds("row", {"user": "amel", "state": "on"}, "00000000", mac)
    assert not ring.holds("row", {"user": "amel", "state": "on"}, None, None)


def test_what_is_sealed_opens_for_its_owner_alone(path):
    ring = keyring.load(path)
    sealed = ring.seal("secret", "amel", b"key of the app")

    assert b"key of the app" not in sealed
    assert ring.open("secret", "amel", sealed) == b"key of the app"
    for purpose, about, text in [
        ("secret", "sami", sealed),
        ("other", "amel", sealed),
        ("secret", "amel", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("secret", "amel", b"\0" * len(sealed)),
        ("secret", "amel", sealed[:10]),
        ("secret", "amel", b""),
    ]:
        with pytest.raises(keyring.Unreadable):
            ring.open(purpose, about, text)


def test_a_new_key_takes_over_and_the_old_one_reads_on(path):
    before = keyring.load(path)
    signed, sealed = before.sign("row", 1), before.seal("secret", "amel", b"x")

    keyring.add(path)
    after = keyring.load(path)

    assert after.sign("row", 1)[0] != signed[0]
    assert after.holds("row", 1, *signed)
    assert after.open("secret", "amel", sealed) == b"x"
    path.write_text(path.read_text().splitlines()[1] + "\n")
    alone = keyring.load(path)
    assert not alone.holds("row", 1, *signed)
    with pytest.raises(keyring.Unreadable):
        alone.open("secret", "amel", sealed)


def test_keys_that_are_added_at_the_same_time_are_all_kept(path):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keyring.add, [path] * 8))

    assert len(keyring.load(path).keys) == 9
    assert [each.name for each in path.parent.iterdir()] == ["keys"]


def test_a_key_is_found_by_its_name_and_printed_without_itself(path):
    keyring.add(path)
    ring = keyring.load(path)
    first = ring.keys[0]

    assert ring.named(first.id) == first
    assert ring.in_use == ring.keys[1]
    assert str(first.master) not in repr(ring)
    for name in ("00000000", ""):
        with pytest.raises(keyring.Unreadable):
            ring.named(name)


def test_stored_keys_are_read_back_by_their_owner_alone(path):
    keyring.add(path)
    ring, copy = keyring.load(path), path.parent / "copy"

    keyring.store(copy, ring)

    assert keyring.load(copy) == ring
    assert copy.read_text() == path.read_text()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "id c2hvcnQ=", "id ***"])
def test_a_file_without_keys_is_an_error(path, text):
    path.write_text(text)

    with pytest.raises(ValueError):  # noqa: PT011 - of the file or of base 64
        keyring.load(path)


def test_the_register_knows_who_ever_enrolled(tmp_path):
    assert register.is_empty(tmp_path)
    assert register.find(tmp_path, "../../amel") is None

    register.put(tmp_path, "../../amel", {2, 1}, {"body"})

    assert register.find(tmp_path, "../../amel") == register.Entry((1, 2), frozenset({"body"}))
    assert not register.is_empty(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["register"]


def test_a_spoilt_entry_is_no_missing_entry(tmp_path):
    register.put(tmp_path, "amel", {1}, ())
    (entry,) = (tmp_path / "register").glob("??/*")
    for text in ("", "{}", "[]", "null"):
        entry.write_text(text)
        with pytest.raises(ValueError):  # noqa: PT011 - of JSON or of the register
            register.find(tmp_path, "amel")
