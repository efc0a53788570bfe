"""Published test vectors: that our file asks the library for what the standards say.

Sources: RFC 9180 A.2.1, RFC 9106 5.3, RFC 5869 A.1, RFC 8032 7.1, RFC 8439 2.8.2.
"""

from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ckanext.complaints.domain import crypto

HPKE_SECRET = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
HPKE_PUBLIC = bytes.fromhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")


def test_hpke_opens_what_rfc_9180_sealed():
    # The library's public decrypt() takes no associated data, which the vector has; the
    # suite is ours, the framing (enc, then the ciphertext) is what seal() and open_() use.
    secret = X25519PrivateKey.from_private_bytes(HPKE_SECRET)
    sealed = bytes.fromhex(
        "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    )
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")

    opened = openssl.hpke._decrypt_with_aad(crypto.SUITE, sealed, secret, info, b"Count-0")

    assert opened == b"Beauty is truth, truth beauty"


def test_our_key_pairs_are_those_of_rfc_9180():
    assert crypto.pair_of(crypto.ALG + HPKE_SECRET).public == crypto.ALG + HPKE_PUBLIC


def test_receipts_are_stretched_as_rfc_9106_says():
    tag = bytes.fromhex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
    cost = crypto.Kdf(passes=3, memory_kib=32, lanes=4)

    found = crypto.derive("\1" * 32, "\4" * 12, b"\2" * 16, b"\3" * 8, cost)

    assert found.auth == crypto._derived(tag, "auth")
    assert found.wrap == crypto._derived(tag, "wrap")


def test_hkdf_is_that_of_rfc_5869():
    salt, info = bytes(range(13)), bytes(range(0xF0, 0xFA))
    found = HKDF(hashes.SHA256(), 42, salt=salt, info=info).derive(b"\x0b" * 22)

    assert found.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    # Ours has another info; that it is the same function, with the same hash:
    ours = HKDF(hashes.SHA256(), 32, salt=salt, info=crypto._encoded("file")).derive(b"\x0b" * 22)
    assert crypto._derived(b"\x0b" * 22, "file", salt) == ours


def test_signatures_are_those_of_rfc_8032():
    secret = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"
    signer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )

    assert signer.sign(b"\xaf\x82") == signature
    assert crypto.is_signed(signer.public_key().public_bytes_raw(), b"\xaf\x82", signature)


def test_the_cipher_is_that_of_rfc_8439():
    # Our wrap() draws its nonce, so that the vector goes to the part below it.
    key, nonce = bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647")
    bound = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    text = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the"
        b" future, sunscreen would be it."
    )
    sealed = bytes.fromhex(
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
        "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
        "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
        "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"
    )

    assert crypto._decrypted(ChaCha20Poly1305(key), nonce, sealed, bound) == text
