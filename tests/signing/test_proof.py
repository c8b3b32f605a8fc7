"""Proof of possession: whatever openssl and tokens make of the challenge is understood, and nothing else."""

import base64
import subprocess
from pathlib import Path

import pytest

from app.signing import testca
from app.signing.proof import proves, text_of

NONCE = "ab" * 32
TEXT = text_of(NONCE)


@pytest.fixture(scope="module", params=["rsa2048", "p256", "rsa3072"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: testca.Authority) -> Path:
    """A folder as the page tells people to have it: challenge.txt, key.pem and certificate.pem."""
    from tests.signing.bench import made

    folder = tmp_path_factory.mktemp("desk")
    holder = made("Asha Rao", authority, key=request.param)
    (folder / "challenge.txt").write_text(TEXT)
    (folder / "key.pem").write_bytes(holder.key_pem)
    (folder / "certificate.pem").write_bytes(holder.pem)
    return folder


def openssl(desk: Path, line: str) -> bytes:
    """What a line of openssl prints."""
    return subprocess.run(["openssl", *line.split()], cwd=desk, capture_output=True, check=True).stdout


def holds(desk: Path, answer: bytes, nonce: str = NONCE) -> bool:
    """Whether it proves possession of the certificate in the folder."""
    return proves((desk / "certificate.pem").read_bytes(), nonce, answer)


def test_the_first_line_of_the_page(desk: Path) -> None:
    """A plain signature, as bytes, as base64, with line breaks; over this challenge only."""
    signature = openssl(desk, "dgst -sha256 -sign key.pem challenge.txt")
    for answer in (signature, base64.b64encode(signature), base64.encodebytes(signature).replace(b"\n", b"\r\n")):
        assert holds(desk, answer)
        assert not holds(desk, answer, "cd" * 32)
    assert not holds(desk, signature[:-1] + bytes([signature[-1] ^ 1]))


@pytest.mark.parametrize(
    "form",
    [
        "-outform DER",
        "-outform PEM",
        "-binary -outform DER",
        "-noattr -outform DER",
        "-nodetach -outform DER",
        "-md sha512 -outform DER",
        "-nocerts -outform PEM",
    ],
)
def test_the_second_line_of_the_page(desk: Path, form: str) -> None:
    """A CMS in every form openssl makes of it."""
    answer = openssl(desk, f"cms -sign -in challenge.txt -signer certificate.pem -inkey key.pem {form}")
    assert holds(desk, answer)
    assert holds(desk, base64.b64encode(answer)) or b"-----BEGIN" in answer
    assert not holds(desk, answer, "cd" * 32)


def test_an_outdated_hash_proves_nothing(desk: Path) -> None:
    """SHA-1 is not taken, in either form."""
    assert not holds(desk, openssl(desk, "dgst -sha1 -sign key.pem challenge.txt"))
    assert not holds(
        desk, openssl(desk, "cms -sign -md sha1 -in challenge.txt -signer certificate.pem -inkey key.pem -outform DER")
    )


def test_other_forms_that_tokens_make(desk: Path) -> None:
    """RSA with PSS; an end of line that an editor put there."""
    if b"BEGIN" in (desk / "key.pem").read_bytes() and len((desk / "key.pem").read_bytes()) > 1000:
        assert holds(desk, openssl(desk, "dgst -sha256 -sigopt rsa_padding_mode:pss -sign key.pem challenge.txt"))
    for number, end in enumerate(("\n", "\r\n")):
        (desk / f"edited{number}.txt").write_bytes((TEXT + end).encode())
        assert holds(desk, openssl(desk, f"dgst -sha256 -sign key.pem edited{number}.txt"))


def test_two_numbers_side_by_side(authority: testca.Authority) -> None:
    """As PKCS#11 gives an ECDSA signature."""
    from cryptography.hazmat.primitives.asymmetric import utils

    from tests.signing.bench import made

    holder = made("Asha Rao", authority, key="p256")
    first, second = utils.decode_dss_signature(holder.answer(NONCE))
    assert proves(holder.pem, NONCE, first.to_bytes(32, "big") + second.to_bytes(32, "big"))
    assert not proves(holder.pem, NONCE, second.to_bytes(32, "big") + first.to_bytes(32, "big"))
