"""Makes the certificate's PDF: the fixed page, the values laid over it, stamp and signature on top."""

import io
import sys
import threading
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, String

from app.certificates import drawing, formpage, layout, shape
from app.certificates.specimen import sample_text
from app.certificates.text import CertificateText
from app.core.errors import BusinessError
from app.infra import charset

__all__ = ["TEMPLATE_VERSION", "Images", "fits", "render", "sample_text", "warm"]

# Raised whenever the template or the drawing changes; kept with each certificate.
TEMPLATE_VERSION = "2026-11.1"

# reportlab's fonts hold the state of one document at a time.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Images:
    """The agency's stamp and the officer's signature as PNG; only the electronic leaf carries them."""

    stamp_png: bytes | None = None
    signature_png: bytes | None = None


def render(text: CertificateText, images: Images | None = None) -> bytes:
    """The certificate as PDF; the same text and images give the same bytes, in any process and at any time."""
    if refused := unprintable_words(text):
        # a blank where a letter should be must never go out signed
        raise BusinessError(refused[0])
    with _one_at_a_time:
        shape.start_document()
        values = drawing.draw(drawing.compose(text), _missing(images or Images()) if text.trial == "SPECIMEN" else ())
        with pikepdf.open(io.BytesIO(values)) as pdf:
            shape.mend_to_unicode(pdf)
            _lay_over_form(pdf)
            if text.leaf == "ELECTRONIC" and images is not None:
                _add_pictures(pdf, images)
            _describe(pdf, text)
            out = io.BytesIO()
            # the signing library reads neither object streams nor reference streams
            pdf.save(
                out,
                object_stream_mode=pikepdf.ObjectStreamMode.disable,
                deterministic_id=True,
                compress_streams=True,
                min_version="1.7",
            )
            return out.getvalue()


def _missing(images: Images) -> list[str]:
    """The pictures a specimen does not have yet, by their places."""
    pictures = (("stamp", images.stamp_png), ("signature", images.signature_png))
    return [place for place, png in pictures if png is None]


def fits(text: CertificateText) -> list[str]:
    """A sentence for each value that cannot be printed or would not fit; an empty list means all will print."""
    refused = unprintable_words(text)
    with _one_at_a_time:
        shape.start_document()
        return refused or drawing.misfits(text)


def unprintable_words(text: CertificateText) -> list[str]:
    """A sentence for each value with a character that no certificate can show."""
    found = ((word, charset.unprintable(word, lines=True)) for word in text.words())
    return [f'"{word[:40]}" cannot be printed: it contains {named}.' for word, named in found if named]


def warm() -> None:
    """Make the fixed pages and load the fonts now, so that the first certificate does not wait for them."""
    render(sample_text(1))


def _lay_over_form(pdf: pikepdf.Pdf) -> None:
    """Put the engraved lines and the fixed page under the values of each sheet."""
    kept = formpage.form()
    engraved = pdf.copy_foreign(kept.Root.engraved)
    first = pdf.copy_foreign(kept.Root.first)
    others = pdf.copy_foreign(kept.Root.next) if len(pdf.pages) > 1 else None
    under = pdf.make_stream(b"q /Engraved Do /Form Do Q\n")
    for number, page in enumerate(pdf.pages):
        resources = page.obj[Name.Resources]
        # reportlab shares one font dictionary between pages but not the rest, so each page gets its own drawings
        resources[Name.XObject] = Dictionary(Engraved=engraved, Form=others if number and others else first)
        page.obj[Name.Contents] = pikepdf.Array([under, page.obj[Name.Contents]])


def _add_pictures(pdf: pikepdf.Pdf, images: Images) -> None:
    """Print stamp and signature into their places on every sheet, as large as the place allows."""
    for role, png in (("stamp", images.stamp_png), ("signature", images.signature_png)):
        if png is None:
            continue
        kept, shape_of = formpage.picture(png)
        picture = pdf.copy_foreign(kept.Root.picture)
        for number, page in enumerate(pdf.pages):
            place = layout.box(f"next-{role}" if number else role)
            width = min(place.width, place.height * shape_of)
            height = width / shape_of
            x, y = place.left + (place.width - width) / 2, place.bottom + (place.height - height) / 2
            page.obj[Name.Resources][Name.XObject][Name(f"/{role}")] = picture
            page.obj[Name.Contents].append(
                pdf.make_stream(f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {y:.2f} cm /{role} Do Q\n".encode())
            )


def _describe(pdf: pikepdf.Pdf, text: CertificateText) -> None:
    """Title, author, subject and language, both in the old place and as XMP."""
    title = f"Certificate of Origin (Non-Preferential) {text.number}"
    subject = f"Certificate of Origin (Non-Preferential), {text.leaf} leaf, issued {text.issue_date}"
    if text.specimen:
        word = text.trial.capitalize()
        title, subject = f"{word} {text.number}".replace("Preview PREVIEW", "Preview"), f"{word} \u2013 not a certificate"
    producer = f"Udgam, template {TEMPLATE_VERSION}"
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(Title=String(title), Author=String(text.agency.name), Subject=String(subject), Producer=String(producer))
    )
    packet = _XMP.format(title=escape(title), author=escape(text.agency.name), subject=escape(subject), producer=escape(producer))
    pdf.Root.Metadata = pikepdf.Stream(pdf, packet.encode(), Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Lang = String("en-IN")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    for key in (Name.PageMode, Name.Outlines):
        if key in pdf.Root:
            del pdf.Root[key]


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>en-IN</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


if __name__ == "__main__":
    from app.certificates.artwork import draw_signature, draw_stamp

    sample = sample_text(int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    pictures = Images(draw_stamp(sample.agency.name, "New Delhi"), draw_signature(sample.officer.name))
    Path(sys.argv[1]).write_bytes(render(sample, pictures))
