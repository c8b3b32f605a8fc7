"""A registered key in a real PKCS#11 module (SoftHSM2) signs; a wrong PIN, an absent token or key is a sentence."""

import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.errors import BusinessError
from app.infra import keystore, store
from app.signing import pkcs11
from app.signing.judge import judge
from app.signing.models import DscRegistration
from app.signing.payload import is_signed
from app.signing.pkcs11 import Hsm, KeyPlace
from app.signing.testca import Authority
from tests.people import EXPORTER, OFFICER, OFFICER2, actor_for
from tests.signing.bench import made
from tests.signing.softhsm import LIBRARY, NEEDED, PIN, TOKEN, Module, fresh

pytestmark = NEEDED


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    """A fresh module with an empty token."""
    monkeypatch.setenv("SOFTHSM2_CONF", str(fresh(tmp_path)))
    made_module = Module(tmp_path)
    made_module.new_token()
    return made_module


@pytest.fixture
def configured(app: Flask, module: Module, monkeypatch: pytest.MonkeyPatch) -> Module:
    """The program knows the module."""
    (module.folder / "pin").write_text(PIN)
    for name, value in {"HSM_MODULE": str(LIBRARY), "HSM_TOKEN": TOKEN, "HSM_PIN_FILE": str(module.folder / "pin")}.items():
        monkeypatch.setitem(app.config, name, value)
    return module


@pytest.mark.parametrize("key", ["rsa2048", "p256"])
def test_a_certificate_of_origin_by_a_registered_key(
    app: Flask, session: Any, login: Any, filed: Any, configured: Module, key: str
) -> None:
    """Chosen from the list, registered, and the whole pipeline signs with it; the independent program finds it valid."""
    from app.certificates.models import Certificate

    officer = actor_for(session, OFFICER)
    configured.put(made(officer.name, key=key), "Officer one", "0a01")
    configured.put(made("Somebody Else", key="p256"), "officer-two", "0a02")
    browser = login(OFFICER)
    page = browser.get("/dsc/hsm").text
    assert ("Officer one" in page, "officer-two" in page) == (True, False)
    (chosen,) = [each for each in pkcs11.hsm().signing_keys() if each.place.label == "Officer one"]
    assert browser.post("/dsc/hsm", data={"key": str(chosen.place)}).status_code == 302
    session.expire_all()
    row = session.scalars(
        select(DscRegistration).where(DscRegistration.user_id == officer.user_id, DscRegistration.status == "ACTIVE")
    ).one()
    assert (row.backend, row.sha256, row.key_ref) == (
        "PKCS11",
        chosen.sha256,
        f"pkcs11:token={TOKEN};object=Officer%20one;id=%0A%01",
    )
    assert row.proof_of_possession_at is not None
    assert "Officer one" not in browser.get("/dsc/hsm").text, "registered, so no longer offered"
    pk = filed("ISSUED")
    session.expire_all()
    certificate = session.query(Certificate).filter_by(live_application_id=pk).one()
    assert (certificate.status, certificate.dsc_sha256) == ("VALID", row.sha256)
    verdict = judge(store.get(certificate.sha256 or ""), keystore.roots(), row.sha256)
    assert verdict.ok, verdict.sentence


def test_only_an_officers_own_key_is_chosen(session: Any, login: Any, configured: Module) -> None:
    """Not a key in another name, not one that is not there, and no exporter at all."""
    configured.put(made(actor_for(session, OFFICER).name, key="p256"), "one", "01")
    place = str(KeyPlace(TOKEN, "one", b"\x01"))
    other = login(OFFICER2)
    assert "no key in your name" in other.get("/dsc/hsm").text
    for key in (place, "", "pkcs11:token=x;object=y;id=%01"):
        assert other.post("/dsc/hsm", data={"key": key}).status_code == 422
    exporter = login(EXPORTER)
    assert exporter.get("/dsc/hsm").status_code == 403
    assert exporter.post("/dsc/hsm", data={"key": place}).status_code == 403


@pytest.mark.parametrize("key", ["rsa3072", "p256"])
def test_what_the_module_signs_verifies(authority: Authority, module: Module, key: str) -> None:
    """RSA PKCS#1 v1.5 and ECDSA in DER, again and again over one session; keys without a certificate are not listed."""
    holder = made("Asha Rao", authority, key=key)
    module.put(holder, "one", "01")
    module.put(made("Asha Rao", authority, key="p256"), "bare", "02", certificate=False)
    hsm = module.hsm()
    (found,) = hsm.signing_keys()
    for number in range(5):
        data = f"page {number}".encode()
        assert is_signed(holder.pem, data, hsm.sign(str(found.place), data))


def test_a_wrong_pin_is_tried_once(authority: Authority, module: Module) -> None:
    """A sentence without the PIN; not tried again before the file changes, or the token would lock itself."""
    holder = made("Asha Rao", authority, key="p256")
    module.put(holder, "one", "01")
    hsm = module.hsm(pin="000000")
    for _ in range(20):
        with pytest.raises(BusinessError, match="refuses the PIN") as refusal:
            hsm.signing_keys()
        assert "000000" not in str(refusal.value)
    hsm.pin_file.write_text(PIN)
    os.utime(hsm.pin_file, (1, 1))
    assert len(hsm.signing_keys()) == 1, "the right PIN opens it: it was not locked"


def test_an_absent_token_key_or_library_is_a_sentence(authority: Authority, module: Module, tmp_path: Path) -> None:
    """Each names what is missing and who cures it."""
    module.put(made("Asha Rao", authority, key="p256"), "one", "01")
    hsm = module.hsm()
    cases = [
        (module.hsm(token="other"), KeyPlace("other", "one", b"\x01"), "token other is not in"),
        (hsm, KeyPlace(TOKEN, "two", b"\x02"), "key two is not in"),
        (hsm, KeyPlace("elsewhere", "one", b"\x01"), "on the token elsewhere"),
        (Hsm(str(tmp_path / "none.so"), TOKEN, str(hsm.pin_file)), KeyPlace(TOKEN, "one", b"\x01"), "library"),
        (Hsm(str(LIBRARY), TOKEN, str(tmp_path / "nopin")), KeyPlace(TOKEN, "one", b"\x01"), "PIN .* cannot be read"),
    ]
    for each, place, words in cases:
        with pytest.raises(BusinessError, match=words):
            each.sign(str(place), b"data")
    with pytest.raises(BusinessError, match="register the certificate again"):
        hsm.sign("demo-7", b"data")


# The wrapper grumbles when it tidies up a search over the session that broke; nothing comes of it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_token_that_was_away_is_found_again(authority: Authority, module: Module) -> None:
    """The session broke in between: one new connection, and the signature comes."""
    import pkcs11 as wrapper

    holder = made("Asha Rao", authority, key="p256")
    module.put(holder, "one", "01")
    hsm, place = module.hsm(), str(KeyPlace(TOKEN, "one", b"\x01"))
    hsm.sign(place, b"before")
    (module.folder / "tokens").rename(module.folder / "away")
    (module.folder / "tokens").mkdir()
    wrapper.lib(str(LIBRARY)).reinitialize()
    with pytest.raises(BusinessError, match="token officers is not in"):
        hsm.sign(place, b"while away")
    (module.folder / "tokens").rmdir()
    (module.folder / "away").rename(module.folder / "tokens")
    wrapper.lib(str(LIBRARY)).reinitialize()
    assert is_signed(holder.pem, b"after", hsm.sign(place, b"after"))
    wrapper.lib(str(LIBRARY)).reinitialize()
    assert is_signed(holder.pem, b"at once", hsm.sign(place, b"at once"))


def test_a_forked_worker_signs(authority: Authority, module: Module) -> None:
    """A child of a process that had the module open opens it anew."""
    holder = made("Asha Rao", authority, key="p256")
    module.put(holder, "one", "01")
    hsm, place = module.hsm(), str(KeyPlace(TOKEN, "one", b"\x01"))
    hsm.sign(place, b"parent")
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if is_signed(holder.pem, b"child", hsm.sign(place, b"child")) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert is_signed(holder.pem, b"parent", hsm.sign(place, b"parent"))


@pytest.mark.parametrize("place", [KeyPlace("a;b=c", "Ä %/key", b"\x00\xff"), KeyPlace("t", "", b"")])
def test_a_reference_comes_back_as_it_went_in(place: KeyPlace) -> None:
    """Whatever signs a label holds."""
    assert KeyPlace.parse(str(place)) == place
