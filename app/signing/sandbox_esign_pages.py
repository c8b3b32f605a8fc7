"""The pages of the sandbox of e-signing: who are you, what is the code, and the way back; all plain HTML."""

import html
from collections.abc import Sequence

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1rem/1.5 sans-serif;margin:0;background:#eef0f4;color:#1b2333}}main{{max-width:34rem;margin:2rem auto;
padding:1.25rem 1.5rem;background:#fff;border:1px solid #c5cad6;border-radius:6px}}h1{{font-size:1.375rem;margin:0 0 .75rem}}
.sandbox{{margin:-1.25rem -1.5rem 1rem;padding:.625rem 1.5rem;background:#fff3d6;border-bottom:1px solid #e0c078;
border-radius:6px 6px 0 0}}.wrong{{color:#9b1c1c;font-weight:600}}fieldset{{border:0;padding:0;margin:0 0 1rem}}legend{{padding:0;
font-weight:600}}.who{{display:flex;gap:.625rem;align-items:flex-start;padding:.5rem 0;border-bottom:1px solid #e3e6ee}}
.who input,.tick input{{margin:.35rem 0 0;width:1.125rem;height:1.125rem;flex:none}}.who small{{display:block;color:#515b6e}}
.tick{{display:flex;gap:.625rem;align-items:flex-start;margin:1rem 0}}.word{{display:block;font-weight:600;margin:0 0 .25rem}}
input[type=text]{{box-sizing:border-box;width:9rem;min-height:2.75rem;font:inherit;font-size:1.25rem;letter-spacing:.1em;
padding:.25rem .625rem;border:1px solid #5a6480;border-radius:6px}}dl{{margin:0 0 1rem}}dt{{color:#515b6e;font-size:.875rem}}
dd{{margin:0 0 .5rem;overflow-wrap:anywhere}}button{{display:block;width:100%;min-height:2.75rem;margin:.75rem 0 0;font:inherit;
border:1px solid #5a6480;border-radius:6px;background:#fff;color:inherit;cursor:pointer}}button.main{{background:#284b9b;
border-color:#284b9b;color:#fff;font-weight:600}}</style></head>
<body><main><p class="sandbox"><b>Sandbox.</b> This stands for a licensed e-sign provider. Nobody here is real, the numbers
belong to nobody, and what is signed has no legal effect.</p>
{body}</main></body></html>"""


def page(title: str, body: str) -> bytes:
    """A whole page."""
    return PAGE.format(title=html.escape(title), body=body).encode()


def sorry(title: str, sentence: str, code: str = "") -> bytes:
    """Why nothing is signed here."""
    told = f"<p><small>{html.escape(code)}</small></p>" if code else ""
    return page(title, f"<h1>{html.escape(title)}</h1><p>{html.escape(sentence)}</p>{told}")


def sign(about: str, sha256: str, people: Sequence[dict[str, str]], otp: str, chosen: str, wrong: str) -> bytes:
    """Who signs what, and the code that real providers send to the signer's telephone."""
    rows = "".join(
        f'<label class="who"><input type="radio" name="number" value="{html.escape(each["number"])}"'
        f"{' checked' if each['number'] == (chosen or people[0]['number']) else ''}>"
        f"<span>{html.escape(each['name'])}<small>Aadhaar {html.escape(spaced(each['number']))} (no such number exists)</small>"
        "</span></label>"
        for each in people
    )
    told = f'<p class="wrong" role="alert">{html.escape(wrong)}</p>' if wrong else ""
    return page(
        "e-Sign (sandbox)",
        f"<h1>Sign with Aadhaar</h1>{told}<dl><dt>Document</dt><dd>{html.escape(about)}</dd>"
        f"<dt>Its SHA-256</dt><dd><code>{html.escape(sha256)}</code></dd></dl>"
        f'<form method="post" autocomplete="off"><fieldset><legend>Whose Aadhaar number?</legend>{rows}</fieldset>'
        '<label class="word" for="otp">One-time password</label>'
        '<input id="otp" name="otp" type="text" inputmode="numeric" maxlength="6" aria-describedby="hint">'
        f'<p id="hint"><small>A real provider sends it to the telephone. Here it is {html.escape(otp)}.</small></p>'
        '<label class="tick"><input type="checkbox" name="consent" value="yes"><span>I let this provider check my Aadhaar '
        "number and make a certificate for this one signature.</span></label>"
        '<button class="main" name="do" value="sign">Sign</button>'
        '<button name="do" value="cancel">Cancel</button></form>',
    )


def back(address: str, answer: str, txn: str) -> bytes:
    """The way back: the answer travels with the browser, with one press where there is no script."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value, quote=True)}">'
        for name, value in (("eSignResponse", answer), ("espTxnID", txn))
    )
    return page(
        "Back to where you came from",
        f'<h1>Back to where you came from</h1><form method="post" action="{html.escape(address, quote=True)}">{fields}'
        '<button class="main">Go back</button></form><script>document.forms[0].submit()</script>',
    )


def spaced(number: str) -> str:
    """Twelve digits in groups of four."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
