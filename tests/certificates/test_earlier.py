"""Beside an application: what the exporter had before, within the officer's offices; what is asked for twice; and what is next."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app.applications.models import Application
from app.applications.queue_order import following
from app.certificates.earlier import before
from app.core import clock
from tests import factories, states
from tests.people import EXPORTER, OFFICER, OFFICER2, OTHER_EXPORTER, OTHER_OFFICER, SUPERVISOR, actor_for

Filed = Callable[..., int]
ELSEWHERE = {"consignee": factories.FILING["consignee"] | {"name": "Sydfrukt AB"}}
OTHER_INVOICE = {"invoices": [factories.FILING["invoices"][0] | {"no": "BTX/26/0099"}], "item": {"invoice": "BTX/26/0099"}}


def ids(rows: Any) -> list[int]:
    return [row.id for row in rows]


def test_earlier_ones_within_the_officers_offices(session: Session, app: Flask, filed: Filed) -> None:
    """The same consignee by itself, drafts and other offices' never; the supervisor sees all that was submitted."""
    first, refused, other = filed("ISSUED"), filed("REJECTED"), filed("SUBMITTED", **ELSEWHERE, **OTHER_INVOICE)
    filed("DRAFT")
    theirs = filed("SUBMITTED", exporter=OTHER_EXPORTER, agency="SWCC", office="001")
    north = filed("SUBMITTED", office="002", **OTHER_INVOICE)
    now = session.get_one(Application, filed("UNDER_REVIEW"))
    found = before(session, now, actor_for(session, OFFICER))
    assert ids(found.same_consignee) == [north, refused, first], "of both offices that he is mapped to"
    assert ids(before(session, now, actor_for(session, OFFICER2)).same_consignee) == [refused, first], "and she to one"
    assert ids(found.others) == [other]
    assert found.same_consignee[-1].certificate == number_of(session, first)
    assert found.same_consignee[-1].certificate is not None
    everything = before(session, now, actor_for(session, SUPERVISOR))
    assert ids(everything.same_consignee) == [north, refused, first]
    stranger = before(session, now, actor_for(session, OTHER_OFFICER))
    assert (stranger.same_consignee, stranger.others, stranger.twice) == ((), (), ())
    assert theirs not in ids(everything.others)


def number_of(session: Session, pk: int) -> str | None:
    from app.certificates.models import Certificate

    row = session.get(Certificate, session.get_one(Application, pk).certificate_id or 0)
    return row.number if row else None


def test_the_same_invoice_twice(session: Session, filed: Filed, login: Any) -> None:
    """Whatever the letters' case; not of what was rejected, nor with another date, nor of another firm."""
    open_one = filed("SUBMITTED")
    filed("REJECTED")
    filed("SUBMITTED", **OTHER_INVOICE)
    filed("SUBMITTED", invoices=[factories.FILING["invoices"][0] | {"date": "2026-08-04"}])
    filed("SUBMITTED", exporter=OTHER_EXPORTER, agency="SWCC", office="001")
    pk = filed("UNDER_REVIEW")
    row = session.get_one(Application, open_one)
    row.invoices[0].no = "btx/26/0042"
    session.commit()
    assert ids(before(session, session.get_one(Application, pk), actor_for(session, OFFICER)).twice) == [open_one]
    number = row.number
    page = login(OFFICER).get(f"/desk/show/{pk}").text
    told = page[page.index("Perhaps asked for twice: ") :][:500]
    assert f">{number}</a>, btx/26/0042, Submitted" in told
    assert "Earlier from this exporter" in page
    assert "Perhaps asked for twice" not in login(EXPORTER).get(f"/applications/show/{pk}").text


def test_what_replaces_a_certificate_is_no_duplicate(app: Flask, session: Session, filed: Filed, issued: Any) -> None:
    """It has the invoice of the one to be replaced, as it should."""
    old = issued()
    pk = filed("SUBMITTED", kind="IN_LIEU", in_lieu_of=old.number, in_lieu_reason=states.WRONG, consignee=states.RIGHT)
    assert before(session, session.get_one(Application, pk), actor_for(session, OFFICER)).twice == ()


def test_what_is_next_is_what_presses_and_nobody_else_has(session: Session, app: Flask, filed: Filed, login: Any) -> None:
    """The page of what was decided leads there, until nothing waits."""
    decided, plain, leaves, theirs = filed("UNDER_REVIEW"), filed("SUBMITTED"), filed("SUBMITTED"), filed("SUBMITTED")
    session.get_one(Application, leaves).departure_date = clock.india_today() + timedelta(days=1)
    session.commit()
    factories.move(app, theirs, OFFICER2, "take_up")
    me = login(OFFICER)
    answer = me.post(f"/desk/move/{decided}/reject", data={"reason": "Not made in India."}, follow_redirects=True)
    assert "Done: Application rejected." in answer.text
    assert re.search(rf'class="following"><a href="/desk/show/{leaves}">', answer.text)
    assert "leaves in 1 day" in answer.text
    for pk, after in ((leaves, plain), (plain, None)):
        factories.move(app, pk, OFFICER, "take_up")
        factories.move(app, pk, OFFICER, "reject", reason="Not made in India.")
        session.expire_all()
        found = following(session, actor_for(session, OFFICER), pk)
        assert (found.id if found else None) == after
    assert "Nothing else waits for you." in me.get(f"/applications/show/{plain}").text
