"""The whole road of a certificate on one page: filed, paid, taken up, approved, signed, handed out, verified."""

import subprocess
from pathlib import Path
from typing import Any

from app.signing.judge import judge
from tests import factories
from tests.people import EXPORTER, OFFICER, OTHER_EXPORTER


def test_an_application_becomes_a_certificate_that_others_accept(
    api: Any, client: Any, run_jobs: Any, app: Any, tmp_path: Path
) -> None:
    """From the exporter's JSON to the verifier's VALID, with one number and one fee, and nothing for the neighbour."""
    exporter, officer = api(EXPORTER), api(OFFICER)
    before = exporter.get("/wallets/").json["result"][0]

    filed = exporter.post("/applications/", factories.filing())
    assert filed.status_code == 201
    pk = filed.json["id"]
    assert exporter.post(f"/applications/{pk}/submit", {}).status_code == 409, "without papers nothing is filed"
    for kind in ("INVOICE", "PACKING_LIST"):
        assert exporter.attach(pk, kind).status_code == 201
    assert exporter.post(f"/applications/{pk}/submit", {}).json["result"]["status"] == "SUBMITTED"
    held = exporter.get("/wallets/").json["result"][0]
    assert (held["held_paise"], held["available_paise"]) == (before["held_paise"] + 20_000, before["available_paise"] - 20_000)

    assert officer.post(f"/applications/{pk}/take_up", {}).status_code == 200
    assert officer.post(f"/applications/{pk}/approve", {}).json["result"]["status"] == "SIGNING"
    run_jobs()

    row = exporter.get(f"/applications/{pk}").json["result"]
    assert row["status"] == "ISSUED"
    certificate = exporter.get(f"/certificates/{row['certificate_id']}").json["result"]
    after = exporter.get("/wallets/").json["result"][0]
    assert (after["held_paise"], after["balance_paise"]) == (before["held_paise"], before["balance_paise"] - 20_000)

    file = exporter.get(f"/certificates/{row['certificate_id']}/pdf").data
    path = tmp_path / "certificate.pdf"
    path.write_bytes(file)
    with app.app_context():
        from app.infra import keystore

        roots = keystore.roots()
    assert judge(file, roots, certificate["dsc_sha256"]).ok
    words = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    for expected in (
        "NON-PREFERENTIAL",
        "Cotton terry towels, piece-dyed",
        "Nordlicht Handel GmbH & Co. KG",
        certificate["number"],
    ):
        assert expected in " ".join(words.split())

    token = certificate["verify_url"].rsplit("/", 1)[1]
    as_json = {"Accept": "application/json"}
    assert client.get(f"/verify/{token}", headers=as_json).json["verdict"] == "VALID"
    assert client.get("/verify", query_string={"number": certificate["number"]}, headers=as_json).json["verdict"] == "VALID"
    assert verdict_of(client, file) == "VALID"
    assert verdict_of(client, file[:9000] + bytes([file[9000] ^ 1]) + file[9001:]) in {"ALTERED", "UNKNOWN"}

    neighbour = api(OTHER_EXPORTER)
    for hidden in (f"/applications/{pk}", f"/certificates/{row['certificate_id']}", f"/certificates/{row['certificate_id']}/pdf"):
        assert neighbour.get(hidden).status_code == 404


def verdict_of(client: Any, file: bytes) -> str:
    """What the public page says of a file."""
    import io

    answer = client.post("/verify", data={"file": (io.BytesIO(file), "c.pdf")}, headers={"Accept": "application/json"})
    return str(answer.json["verdict"])
