"""Papers that are none: refused by their bytes, whatever their names say, and never kept."""

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests import factories, states
from tests.people import EXPORTER
from tests.refusals import refused


def changed_pdf(change: Callable[[pikepdf.Pdf], Any], **saving: Any) -> bytes:
    """A small PDF with something in it that a paper must not have."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    change(document)
    out = io.BytesIO()
    document.save(out, **saving)
    return out.getvalue()


def script(document: pikepdf.Pdf) -> None:
    """JavaScript that runs when the file is opened."""
    document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def launch(document: pikepdf.Pdf) -> None:
    """A link that starts a program."""
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
    document.pages[0].Annots = document.make_indirect(pikepdf.Array([document.make_indirect(link)]))


def attached(document: pikepdf.Pdf) -> None:
    """Another file inside."""
    document.attachments["evil.exe"] = pikepdf.AttachedFileSpec(document, b"MZ", filename="evil.exe")


PAPERS: dict[str, bytes] = {
    "empty": b"",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "exe": b"MZ" + bytes(500),
    "zip": b"PK\x03\x04" + bytes(500),
    "html that is also a PDF": b"<html>%PDF-1.7\n" + factories.pdf(),
    "a PDF that is broken": b"%PDF-1.7\nnothing more",
    "a PDF with a script": changed_pdf(script),
    "a PDF with a script in a packed stream": changed_pdf(script, object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "a PDF that starts a program": changed_pdf(launch),
    "a PDF with a file in it": changed_pdf(attached),
    "a PDF with a password": changed_pdf(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u")),
    "a PDF with an owner's password": changed_pdf(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="")),
    "six megabytes": factories.pdf() + b"\n" * 6 * 1024 * 1024,
    "one byte more than five megabytes": factories.pdf().ljust(5 * 1024 * 1024 + 1, b"\n"),
}


@pytest.mark.parametrize("content", PAPERS.values(), ids=PAPERS.keys())
def test_a_paper_that_is_none_is_refused(app: Flask, api: Any, filed: Any, content: bytes) -> None:
    """By its bytes, whatever its name says; the sentence tells what to do, and the file is not kept."""
    pk = filed("DRAFT")
    before = states.picture(app)
    boundary, body = encode_multipart({"kind": "OTHER", "file": FileStorage(io.BytesIO(content), "invoice.pdf")})
    exporter, kind = api(EXPORTER), f"multipart/form-data; boundary={boundary}"
    answer = exporter.client.post(
        f"/api/v1/applications/{pk}/attachments", headers=exporter.headers, data=body, content_type=kind
    )
    refused(answer, 409, 422)
    assert states.changed(before, states.picture(app)) == []


def test_a_paper_without_a_file_or_kind_is_refused_by_field(app: Flask, api: Any, filed: Any) -> None:
    """What is missing is named; a body that is no form at all is told the same."""
    pk, exporter = filed("DRAFT"), api(EXPORTER)
    path, before = f"/api/v1/applications/{pk}/attachments", states.picture(app)
    sent: list[tuple[dict[str, Any], set[str]]] = [
        ({"data": {"kind": "OTHER"}}, {"file"}),
        ({"data": {"kind": "SELFIE", "file": (io.BytesIO(factories.pdf()), "a.pdf")}}, {"kind"}),
        ({"data": {"file": (io.BytesIO(factories.pdf()), "a.pdf")}}, {"kind"}),
        ({"data": {}}, {"kind", "file"}),
        ({"json": {"kind": "OTHER"}}, {"kind", "file"}),
        ({"data": b"garbage", "content_type": "multipart/form-data"}, {"kind", "file"}),
        ({"data": b"--x\r\nbad", "content_type": "multipart/form-data; boundary=x"}, {"kind", "file"}),
    ]
    for more, fields in sent:
        assert set(refused(exporter.client.post(path, headers=exporter.headers, **more))) == fields
    assert states.changed(before, states.picture(app)) == []


NAMES = {
    "../../etc/passwd": "passwd", "C:\\Windows\\system32\\a.pdf": "a.pdf", "/etc/shadow": "shadow", "a\u202efdp.exe": "afdp.exe",
    "x" * 300 + ".pdf": "x" * 116 + ".pdf", 'a"; rm -rf ;".pdf': "a__ rm -rf __.pdf", "..": "paper", "बिल.pdf": "बिल.pdf",
    "<b>.pdf": "_b_.pdf", "a\r\nSet-Cookie: x.pdf": "aSet-Cookie_ x.pdf", "": "paper",
}  # fmt: skip


@pytest.mark.parametrize(("name", "kept"), NAMES.items(), ids=[ascii(name)[:20] for name in NAMES])
def test_a_name_like_a_path_is_only_a_name(name: str, kept: str) -> None:
    """The last part is kept, cleaned of what could act as a path, a header or markup."""
    from app.infra.uploads import safe_name

    assert safe_name(name) == kept


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\Windows\\a.pdf", 'a"; x=".pdf', "बिल.pdf", "<b>.pdf"], ids=ascii)
def test_a_paper_is_handed_out_as_a_download(api: Any, filed: Any, login: Any, name: str) -> None:
    """Under its cleaned name, always as a download of its own type, with no quotes or line ends in the header."""
    answer = api(EXPORTER).attach(filed("DRAFT"), "OTHER", name=name)
    assert answer.status_code == 201
    assert not set(answer.json["result"]["filename"]) & set('/\\"<>')
    download = login(EXPORTER).get(f"/applications/paper/{answer.json['id']}")
    assert (download.status_code, download.mimetype) == (200, "application/pdf")
    assert download.headers["Content-Disposition"].startswith("attachment; filename=")
    assert download.headers["X-Content-Type-Options"] == "nosniff"
