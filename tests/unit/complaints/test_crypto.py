"""What is sealed opens for whom it was sealed, as what it was sealed, and whole; else nothing."""

import itertools
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ckanext.complaints.domain import crypto
from ckanext.complaints.domain.crypto import About, FileSealer, Kdf, Unreadable
from ckanext.opengov.shared import keyring

CASE = crypto.new_pair()
MESSAGE = About("case-1", "row-1", "message", "talk", 1)
TEXT = "عطب في قناة الماء منذ أسبوع".encode()
CHEAP = Kdf(passes=1, memory_kib=64, lanes=1)
CHUNK = crypto.CHUNK_BYTES


def flips(content, step=1):
    """Return copies in each of which one bit is another."""
    for place in range(0, len(content), step):
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        yield bytes(altered)


@pytest.fixture
def ring(tmp_path):
    path = tmp_path / "service"
    keyring.make(path)
    keyring.add(path)
    return keyring.load(path)


# Texts


def test_a_text_opens_for_the_secret_key_alone():
    sealed = crypto.seal(CASE.public, TEXT, MESSAGE)

    assert TEXT not in sealed
    assert crypto.open_(CASE.secret, sealed, MESSAGE) == TEXT
    with pytest.raises(Unreadable):
        crypto.open_(crypto.new_pair().secret, sealed, MESSAGE)
    assert crypto.seal(CASE.public, TEXT, MESSAGE) != sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        MESSAGE._replace(case_id="case-2"),
        MESSAGE._replace(row_id="row-2"),
        MESSAGE._replace(kind="note"),
        MESSAGE._replace(role="staff"),
        MESSAGE._replace(epoch=2),
        # Parts that run together the same, were they not told apart.
        MESSAGE._replace(case_id="case-11", row_id="row-"),
        MESSAGE._replace(kind="messagetalk", role=""),
        MESSAGE._replace(role="talk\0", kind="message"),
    ],
)
def test_a_text_is_not_read_in_another_place(elsewhere):
    sealed = crypto.seal(CASE.public, TEXT, MESSAGE)

    with pytest.raises(Unreadable):
        crypto.open_(CASE.secret, sealed, elsewhere)


def test_no_two_things_are_encoded_alike():
    parts = ["", "a", "b", "ab", "a\0", "1", "11"]
    things = [
        About(*each, epoch=n) for each in itertools.product(parts, repeat=4) for n in (0, 1, 11)
    ]

    assert len({crypto._encoded("sealed", *thing, True) for thing in things}) == len(things)


def test_every_altered_or_shortened_text_is_unreadable():
    sealed = crypto.seal(CASE.public, TEXT, MESSAGE)

    spoilt = [*flips(sealed), *(sealed[:n] for n in range(0, len(sealed), 7)), sealed + b"\0"]
    for each in spoilt:
        with pytest.raises(Unreadable):
            crypto.open_(CASE.secret, each, MESSAGE)


def test_a_text_is_not_read_as_a_key_nor_a_key_as_a_text():
    for pad in (True, False):
        sealed = crypto.seal(CASE.public, TEXT, MESSAGE, pad=pad)
        with pytest.raises(Unreadable):
            crypto.open_(CASE.secret, sealed, MESSAGE, pad=not pad)


@pytest.mark.parametrize("key", [b"", crypto.ALG, b"\2" + bytes(32), crypto.ALG + bytes(31)])
def test_what_is_no_key_is_unreadable(key):
    with pytest.raises(Unreadable):
        crypto.pair_of(key)
    with pytest.raises(Unreadable):
        crypto.seal(key, TEXT, MESSAGE)
    with pytest.raises(Unreadable):
        crypto.open_(key, crypto.seal(CASE.public, TEXT, MESSAGE), MESSAGE)


def test_nothing_is_sealed_to_a_point_that_everyone_opens():
    with pytest.raises(Unreadable):
        crypto.seal(crypto.ALG + bytes(32), TEXT, MESSAGE)


# Padding


@pytest.mark.parametrize(
    ("length", "bucket"),
    [
        (0, 1024),
        (1023, 1024),
        (1024, 4096),
        (4095, 4096),
        (4096, 16384),
        (16383, 16384),
        (16384, 65536),
        (65535, 65536),
        (65536, 131072),
        (131071, 131072),
        (131072, 196608),
    ],
)
def test_the_length_of_a_text_tells_its_bucket_alone(length, bucket):
    for content in (b"\0" * length, b"\x80" * length, secrets.token_bytes(length)):
        sealed = crypto.seal(CASE.public, content, MESSAGE)
        assert crypto.open_(CASE.secret, sealed, MESSAGE) == content
        assert len(sealed) == len(crypto.ALG) + 32 + bucket + crypto.TAG_BYTES
    assert crypto.bucket_of(length) == bucket


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        bytes(1024),
        b"text".ljust(1024, b"\0"),
        (b"text\x80").ljust(1023, b"\0"),
        (b"text\x80").ljust(4096, b"\0"),
        (b"text\x80").ljust(1023, b"\0") + b"\1",
    ],
)
def test_another_padding_is_unreadable(padded):
    sealed = crypto.ALG + crypto.SUITE.encrypt(
        padded,
        crypto.x25519.X25519PublicKey.from_public_bytes(CASE.public[1:]),
        crypto._encoded("sealed", *MESSAGE, True),
    )

    with pytest.raises(Unreadable):
        crypto.open_(CASE.secret, sealed, MESSAGE)


# Grants


def test_a_grant_opens_the_case_for_its_holder_and_no_other(ring):
    holder = crypto.pair_from(ring.in_use, "complaints service")
    about = About("case-1", "grant-1", "grant", "talk", 1)
    grant = crypto.seal(holder.public, CASE.secret, about, pad=False)

    secret = crypto.open_(holder.secret, grant, about, pad=False)

    assert holder.id == ring.in_use.id
    assert crypto.pair_of(secret, CASE.public) == CASE
    for other in (
        crypto.pair_from(ring.keys[0], "complaints service"),
        crypto.pair_from(ring.in_use, "complaints notifier"),
    ):
        with pytest.raises(Unreadable):
            crypto.open_(other.secret, grant, about, pad=False)
    for moved in (about._replace(epoch=2), about._replace(role="staff")):
        with pytest.raises(Unreadable):
            crypto.open_(holder.secret, grant, moved, pad=False)
    for corrupt in flips(grant, step=3):
        with pytest.raises(Unreadable):
            crypto.open_(holder.secret, corrupt, about, pad=False)


def test_a_grant_of_another_case_is_noticed_by_the_public_key():
    with pytest.raises(Unreadable):
        crypto.pair_of(CASE.secret, crypto.new_pair().public)


def test_a_key_derives_the_same_pair_again(ring):
    first = crypto.pair_from(ring.in_use, "complaints service")

    assert crypto.pair_from(ring.named(first.id), "complaints service") == first
    with pytest.raises(Unreadable):
        ring.named("00000000")


def test_an_old_grant_is_granted_anew_to_the_new_key(ring):
    old, new = (crypto.pair_from(key, "complaints service") for key in ring.keys)
    before = About("case-1", "grant-1", "grant", "talk", 1)
    after = before._replace(row_id="grant-2")
    grant = crypto.seal(old.public, CASE.secret, before, pad=False)

    anew = crypto.regrant(old.secret, grant, before, new.public, after)

    assert crypto.open_(new.secret, anew, after, pad=False) == CASE.secret
    with pytest.raises(Unreadable):
        crypto.open_(old.secret, anew, after, pad=False)


# Dormant grants


def test_a_share_alone_says_nothing_and_both_open():
    unit, server = crypto.split(CASE.secret)

    assert crypto.joined(unit, server, CASE.public) == CASE
    assert unit not in (CASE.secret, server)
    assert crypto.split(CASE.secret) != (unit, server)
    others = crypto.split(CASE.secret)
    for one, other in [(unit, unit), (unit, others[1]), (unit, b""), (unit, server[:-1])]:
        with pytest.raises(Unreadable):
            crypto.joined(one, other, CASE.public)


def test_a_dormant_grant_survives_the_rotation_of_both_sides(ring):
    old_unit, new_unit = crypto.new_pair(), crypto.new_pair()
    old_server, new_server = (crypto.pair_from(key, "complaints service") for key in ring.keys)
    of_unit = About("case-1", "grant-1", "grant", "unit-share", 1)
    of_server = of_unit._replace(role="server-share")
    unit, server = crypto.split(CASE.secret)
    unit = crypto.seal(old_unit.public, unit, of_unit, pad=False)
    server = crypto.seal(old_server.public, server, of_server, pad=False)
    backup = unit

    unit = crypto.regrant(old_unit.secret, unit, of_unit, new_unit.public, of_unit)
    server = crypto.regrant(old_server.secret, server, of_server, new_server.public, of_server)

    released = crypto.open_(new_server.secret, server, of_server, pad=False)
    own = crypto.open_(new_unit.secret, unit, of_unit, pad=False)
    assert crypto.joined(own, released, CASE.public) == CASE
    # Who left the unit has its old key and an old backup: before the release, half a secret.
    half = crypto.open_(old_unit.secret, backup, of_unit, pad=False)
    for sealed, about in [(unit, of_unit), (server, of_server)]:
        with pytest.raises(Unreadable):
            crypto.open_(old_unit.secret, sealed, about, pad=False)
    with pytest.raises(Unreadable):
        crypto.pair_of(half, CASE.public)


# Receipts


def test_a_receipt_unlocks_the_citizens_key():
    salt, pepper = secrets.token_bytes(16), secrets.token_bytes(32)
    citizen = crypto.new_pair()
    keys = crypto.derive("73051182944026172", "482719368", salt, pepper, CHEAP)
    wrapped = crypto.wrap(keys.wrap, citizen.secret, "case-1", pad=False)

    again = crypto.derive("73051182944026172", "482719368", salt, pepper, CHEAP)

    assert again.fit(keys.verifier)
    assert crypto.unwrap(again.wrap, wrapped, "case-1", pad=False) == citizen.secret
    assert len({keys.auth, keys.wrap, keys.verifier}) == 3
    with pytest.raises(Unreadable):
        crypto.unwrap(again.wrap, wrapped, "case-2", pad=False)
    with pytest.raises(Unreadable):
        crypto.unwrap(again.auth, wrapped, "case-1", pad=False)


@pytest.mark.parametrize(
    "other",
    [
        {"secret": "73051182944026171"},
        {"reference": "482719369"},
        {"salt": bytes(16)},
        {"pepper": bytes(32)},
        {"kdf": CHEAP._replace(passes=2)},
        {"kdf": CHEAP._replace(memory_kib=128)},
        {"kdf": CHEAP._replace(lanes=2)},
    ],
)
def test_another_secret_reference_salt_pepper_or_cost_unlocks_nothing(other):
    given = {
        "secret": "73051182944026172",
        "reference": "482719368",
        "salt": b"s" * 16,
        "pepper": b"p" * 32,
        "kdf": CHEAP,
    }
    keys, wrong = crypto.derive(**given), crypto.derive(**given | other)

    assert not wrong.fit(keys.verifier)
    with pytest.raises(Unreadable):
        crypto.unwrap(wrong.wrap, crypto.wrap(keys.wrap, b"key", "case-1"), "case-1")


def test_the_cost_of_a_guess_is_stored_and_read():
    assert Kdf.read(Kdf()._asdict()) == Kdf(passes=3, memory_kib=65536, lanes=1)


@pytest.mark.parametrize(
    "change",
    [
        {"passes": 0},
        {"passes": 17},
        {"memory_kib": 262145},
        {"memory_kib": -1},
        {"lanes": 2},
        {"lanes": 0.5},
        {"lanes": "1"},
        {"lanes": True},
        {"alg": 2},
        {"alg": None},
    ],
)
def test_a_cost_that_would_eat_up_the_server_is_not_read(change):
    with pytest.raises(Unreadable):
        Kdf.read(Kdf()._asdict() | change)
    (name,) = change
    with pytest.raises(Unreadable):
        Kdf.read({each: value for each, value in Kdf()._asdict().items() if each != name})


# Drafts


def test_a_draft_unwraps_with_its_key_as_itself_alone():
    key = crypto.new_key()
    wrapped = crypto.wrap(key, TEXT, "draft-1")

    assert crypto.unwrap(key, wrapped, "draft-1") == TEXT
    assert len(wrapped) == len(crypto.wrap(key, b"", "draft-1"))
    for wrong in [
        (crypto.new_key(), wrapped, "draft-1"),
        (key, wrapped, "draft-2"),
        (key, b"", "draft-1"),
        *((key, each, "draft-1") for each in flips(wrapped, step=5)),
        *((key, wrapped[:n], "draft-1") for n in range(0, len(wrapped), 50)),
    ]:
        with pytest.raises(Unreadable):
            crypto.unwrap(*wrong)
    with pytest.raises(Unreadable):
        crypto.unwrap(key, wrapped, "draft-1", pad=False)


# Files


def sealed_file(content, key=b"k" * 32, pieces=8191):
    sealer = FileSealer(key)
    out = [sealer.update(content[n : n + pieces]) for n in range(0, len(content), pieces)]
    return b"".join(out) + sealer.finish()


def read_file(sealed, key=b"k" * 32, pieces=10007):
    parts = (sealed[n : n + pieces] for n in range(0, len(sealed), pieces))
    return b"".join(crypto.opened(key, parts))


@pytest.mark.parametrize(
    "length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5, 10 * CHUNK]
)
@pytest.mark.parametrize("pieces", [4096, CHUNK, 5 * CHUNK + 1])
def test_a_file_opens_whole_however_it_arrives(length, pieces):
    content = secrets.token_bytes(length)

    sealed = sealed_file(content, pieces=pieces)

    assert read_file(sealed, pieces=pieces) == content
    assert len(sealed) == 17 + length + 16 * max(-(-length // CHUNK), 1)


def test_a_file_comes_byte_by_byte_too():
    assert read_file(sealed_file(b"evidence", pieces=1), pieces=1) == b"evidence"


def test_what_is_sealed_leaves_memory_at_once():
    sealer, out = FileSealer(b"k" * 32), 0
    for _ in range(64):
        out += len(sealer.update(bytes(CHUNK)))
        assert len(sealer._rest) <= CHUNK
    assert out == 17 + 63 * (CHUNK + 16)


def chunks_of(sealed):
    head, rest, size = sealed[:17], sealed[17:], CHUNK + 16
    return head, [rest[n : n + size] for n in range(0, len(rest), size)]


def test_a_file_with_chunks_missing_moved_doubled_or_added_is_unreadable():
    content = b"".join(bytes([n]) * CHUNK for n in range(4))
    head, chunks = chunks_of(sealed_file(content))
    other_head, others = chunks_of(sealed_file(content))
    one, two, three, last = chunks
    spoilt = {
        "cut after a chunk": [one, two, three],
        "without its first": [two, three, last],
        "without one between": [one, three, last],
        "two that changed places": [one, three, two, last],
        "the last not last": [one, two, last, three],
        "doubled": [one, two, two, three, last],
        "something after it": [*chunks, last],
        "a chunk of another time": [one, others[1], three, last],
        "cut within": [one, two, three, last[:-1]],
        "nothing but its head": [],
    }

    for found in spoilt.values():
        with pytest.raises(Unreadable):
            read_file(head + b"".join(found))
    for found in (head[:-1], b"", other_head + b"".join(chunks), b"\2" + head[1:] + one):
        with pytest.raises(Unreadable):
            read_file(found)
    assert read_file(head + b"".join(chunks)) == content


def test_a_file_with_any_bit_altered_or_another_key_is_unreadable():
    sealed = sealed_file(b"evidence" * 100)

    for each in flips(sealed, step=3):
        with pytest.raises(Unreadable):
            read_file(each)
    with pytest.raises(Unreadable):
        read_file(sealed, key=b"x" * 32)


def test_one_key_for_two_files_gives_no_stream_twice():
    first, second = sealed_file(bytes(1000)), sealed_file(bytes(1000))

    assert first[17:] != second[17:]


def test_a_chunk_is_given_out_before_the_next_arrives():
    sealed = sealed_file(bytes(3 * CHUNK))
    arrived = []

    def pieces():
        for n in range(0, len(sealed), 1000):
            arrived.append(n)
            yield sealed[n : n + 1000]

    assert len(next(crypto.opened(b"k" * 32, pieces()))) == CHUNK
    assert len(arrived) * 1000 < 1.1 * CHUNK


# Signatures, and what is printed


def test_a_signature_is_of_its_content_and_key():
    signer, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public, signature = signer.public_key().public_bytes_raw(), signer.sign(b"content")

    assert crypto.is_signed(public, b"content", signature)
    for wrong in [
        (public, b"other", signature),
        (other.public_key().public_bytes_raw(), b"content", signature),
        (public, b"content", b""),
        (b"short", b"content", signature),
        *((public, b"content", each) for each in flips(signature)),
    ]:
        assert not crypto.is_signed(*wrong)


def test_no_secret_is_printed(ring):
    keys = crypto.derive("1", "2", b"s" * 16, b"p" * 32, CHEAP)

    for thing, hidden in [
        (CASE, CASE.secret),
        (ring, ring.in_use.master),
        (keys, keys.auth),
        (keys, keys.wrap),
    ]:
        assert repr(hidden)[2:-1] not in repr(thing)
        assert hidden.hex() not in repr(thing)
