"""The agent's parts without a token: the seal, the bounds of a sitting, what tokens say about tries, and pairing codes."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from app.signing.desk_agent import ed25519
from app.signing.desk_agent.desk import heading
from app.signing.desk_agent.pairing import Folder, NotPaired, Pairing
from app.signing.desk_agent.sealed import DeskOrder, Refused, enclose, open_order, printable
from app.signing.desk_agent.sitting import Bounds, Sitting
from app.signing.desk_agent.token import TRIES, may_sign, tries_left

# RFC 8032, section 7.1, TEST 1 to 3: public key, message, signature.
VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard(key: str, message: str, signature: str) -> None:
    """Each holds; with any one byte changed, none does."""
    public, said, made = (bytes.fromhex(text) for text in (key, message, signature))
    assert ed25519.is_signed(public, said, made)
    assert not ed25519.is_signed(public, said + b"\0", made)
    for at in range(0, 64, 7):
        assert not ed25519.is_signed(public, said, made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :])


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=20))
def test_it_agrees_with_another_program(message: bytes, other: bytes) -> None:
    """What cryptography signs holds, and holds for nothing else; a second way to write the same number is refused."""
    key = Ed25519PrivateKey.generate()
    public, made = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign(message)
    assert ed25519.is_signed(public, message, made)
    assert ed25519.is_signed(public, other, made) == (message == other)
    larger = int.from_bytes(made[32:], "little") + ed25519.ORDER
    assert not ed25519.is_signed(public, message, made[:32] + larger.to_bytes(32, "little"))
    assert not ed25519.is_signed(public[:-1], message, made)
    assert not ed25519.is_signed(b"\xff" * 32, message, made)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_sitting_ends_by_time_idleness_and_count() -> None:
    """Whichever comes first; a new PIN begins anew."""
    clock = Clock()
    sitting = Sitting(Bounds(minutes=60, idle_minutes=10, signatures=3), clock)
    assert not sitting.has_room_for(1), "not begun"
    sitting.begin()
    assert sitting.has_room_for(3)
    assert not sitting.has_room_for(4)
    clock.now += 9 * 60
    sitting.count()
    clock.now += 9 * 60
    assert (sitting.why_over(), sitting.has_room_for(2), sitting.has_room_for(3)) == ("", True, False)
    clock.now += 60
    assert "10 minutes" in sitting.why_over()
    sitting.begin()
    for _ in range(3):
        sitting.count()
    assert "3 signatures" in sitting.why_over()
    sitting.begin()
    for _ in range(7):
        clock.now += 9 * 60
        sitting._last = clock.now
    assert "60 minutes" in sitting.why_over()
    assert sitting.seconds_left() == 0
    sitting.end()
    assert not sitting.has_room_for(0)


@pytest.mark.parametrize(
    ("flags", "word"),
    [(0x40D, ""), (0x1040D, "low"), (0x3040D, "final"), (0x7040D, "locked"), (0x4040D, "locked"), (0x2040D, "final")],
)
def test_what_a_token_says_about_tries(flags: int, word: str) -> None:
    """The flags of PKCS#11 as a sentence; the last try is told in capitals."""
    assert tries_left(flags) == word
    assert not word or len(TRIES[word]) > 30
    assert "ONE TRY IS LEFT" in TRIES["final"]


def test_what_is_no_certificate_does_not_sign() -> None:
    """Whatever else lies on a token."""
    assert not may_sign(b"")
    assert not may_sign(b"\x30\x03\x02\x01\x05")


def test_a_pairing_code_survives_copying_and_notices_a_slip(tmp_path: Path) -> None:
    """Spaces and line ends do not matter, letters do; http and https and a port are kept."""
    pairing = Pairing("https://udgam.example:8443", bytes(range(32)))
    code = pairing.code
    assert Pairing.read(f"  {code[:40]}\n {code[40:].lower()} ") == pairing
    for wrong in (
        "",
        "#",
        code[:-1],
        code.replace("https", "http"),
        code.replace("example", "examp1e"),
        f"javascript:alert#{code[27:]}",
    ):
        with pytest.raises(NotPaired, match="pairing code"):
            Pairing.read(wrong)
    folder = Folder(tmp_path / "kept")
    with pytest.raises(NotPaired, match="not paired"):
        folder.pairing()
    folder.pair(pairing)
    assert Folder(tmp_path / "kept").pairing() == pairing
    assert len(pairing.fingerprint) == 19


def test_an_order_is_noted_once_until_it_would_have_expired(tmp_path: Path) -> None:
    """A spoilt file is begun anew: its orders are too old by the time somebody could give them again."""
    folder = Folder(tmp_path)
    assert folder.use("one", 2**40)
    assert not folder.use("one", 2**40)
    assert folder.use("old", 1)
    assert not Folder(tmp_path).use("one", 2**40)
    (tmp_path / "used").write_text("[")
    assert Folder(tmp_path).use("one", 2**40)


def test_names_cannot_move_the_cursor() -> None:
    """Exporters choose their own names."""
    assert printable("A\x1b[2J\r\nB\a\u202e") == "A [2J  B  "
    assert printable("शुद्ध & Ü") == "शुद्ध & Ü"
    assert len(printable("x" * 5000)) == 200


def test_what_is_signed_is_called_by_its_name_or_the_order_is_refused() -> None:
    """Certificates of origin or applications, one or several; an agent that does not know the word signs nothing."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    item = {"id": 1, "number": "Draft 7", "exporter": "Balaji", "consignee": "Nordlicht", "attributes": "AA=="}
    said = {
        "id": "a",
        "kind": "sign",
        "origin": "https://udgam.example",
        "issued": 1000,
        "expires": 1300,
        "holder": "Meera Patel",
    }

    def read(number: int, **more: str) -> DeskOrder:
        sealed = enclose(said | {"items": [item] * number} | more, key.sign)
        return open_order(sealed, public, "https://udgam.example", 1001)

    whose = "https://udgam.example (for Meera Patel) asks you to sign"
    assert heading(read(1))[1] == f"{whose} 1 certificate of origin:"
    assert heading(read(2, what="application"))[1:3] == [f"{whose} 2 applications:", "   1  Draft 7  Balaji -> Nordlicht"]
    for what in ("payslip", "", "Application"):
        with pytest.raises(Refused, match="differ in version"):
            read(1, what=what)
