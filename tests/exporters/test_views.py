"""The firm's own screens: what somebody signs with stands there in words."""

from typing import Any

from app.signing import registration
from tests.people import EXPORTER, actor_for


def test_who_has_no_certificate_signs_with_nothing_yet(session: Any, login: Any) -> None:
    """The word of the table is for machines."""
    registration.revoke(session, actor_for(session, EXPORTER), reason="The token was lost on a journey.")
    session.commit()
    text = login(EXPORTER).get("/exporteruserview/list/").text
    assert "nothing yet: no certificate is registered" in text
    assert ">DSC<" in text.replace(" ", "").replace("\n", ""), "the colleague's is there"
