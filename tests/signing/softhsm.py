"""SoftHSM2 as a token or a module: made empty, keys put in with their certificates, in a folder of its own."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.signing.pkcs11 import Hsm
from tests.signing.bench import Made

LIBRARY = next(
    (
        path
        for path in (Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so"))
        if path.exists()
    ),
    None,
)
NEEDED = pytest.mark.skipif(not shutil.which("softhsm2-util") or LIBRARY is None, reason="SoftHSM2 is not installed")

TOKEN, PIN = "officers", "kaveri-735104"
# Put beside its key by a process of its own: this one knows the module only as the product does.
BESIDE = """
import sys, pkcs11
from pkcs11 import Attribute, CertificateType, ObjectClass
library, token, pin, label, identity, der, subject = sys.argv[1:]
with pkcs11.lib(library).get_token(token_label=token).open(rw=True, user_pin=pin) as session:
    session.create_object({
        Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.CERTIFICATE_TYPE: CertificateType.X_509, Attribute.TOKEN: True,
        Attribute.LABEL: label, Attribute.ID: bytes.fromhex(identity), Attribute.VALUE: open(der, "rb").read(),
        Attribute.SUBJECT: bytes.fromhex(subject),
    })
"""


@dataclass
class Module:
    """A SoftHSM2 with one token."""

    folder: Path

    def new_token(self, label: str = TOKEN) -> None:
        util("--init-token", "--free", "--label", label, "--so-pin", "9999", "--pin", PIN)

    def put(self, holder: Made, label: str, identity: str, *, certificate: bool = True) -> None:
        """A key, and its certificate beside it."""
        from cryptography import x509

        key, der = self.folder / f"{label}.pem", self.folder / f"{label}.der"
        key.write_bytes(holder.key_pem)
        der.write_bytes(holder.der)
        util("--import", str(key), "--token", TOKEN, "--label", label, "--id", identity, "--pin", PIN)
        if certificate:
            subject = x509.load_der_x509_certificate(holder.der).subject.public_bytes().hex()
            subprocess.run(
                [sys.executable, "-c", BESIDE, str(LIBRARY), TOKEN, PIN, label, identity, str(der), subject], check=True
            )

    def hsm(self, token: str = TOKEN, pin: str = PIN) -> Hsm:
        """The module as a server has it."""
        file = self.folder / "pin"
        file.write_text(f"{pin}\n")
        return Hsm(str(LIBRARY), token, str(file))


def util(*words: str) -> None:
    """The module's own tool."""
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)


def fresh(folder: Path) -> Path:
    """The configuration of a new SoftHSM2; whoever uses it names it in SOFTHSM2_CONF."""
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    return conf
