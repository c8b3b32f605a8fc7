"""Kinds by their scenarios: in lieu with its corrections, back-to-back, retrospective; and what is refused (25, 32 to 36, 42)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.certificates.corrections import MOST_PRINTED, corrections, printed
from app.core import clock
from app.core.errors import BusinessError, InvalidInput
from tests import factories, states
from tests.desk import Desk
from tests.people import CLERK, EXPORTER, OFFICER
from tests.states import RIGHT, WRONG

Filed = Callable[..., int]
LINE = factories.FILING["items"][0]


def in_lieu(number: str, **more: Any) -> dict[str, Any]:
    """What a filing says when it replaces a certificate."""
    return {"kind": "IN_LIEU", "in_lieu_of": number, "in_lieu_reason": WRONG, **more}


def refusal(file: Callable[[], Any], field: str) -> str:
    """The sentence on this field with which something is refused."""
    with pytest.raises(InvalidInput) as told:
        file()
    return " ".join(fault.message for fault in told.value.faults if fault.field == field)


def test_scenario_25_a_number_of_the_old_system_is_sent_there(filed: Filed) -> None:
    """In lieu of what eCoO 1.0 issued: that is done there (S22)."""
    assert "eCoO 1.0 is replaced on eCoO 1.0" in refusal(lambda: filed(**in_lieu("COO/2023/004511")), "in_lieu_of")


def test_scenario_32_the_origin_fits_the_kind(filed: Filed) -> None:
    """Chinese goods are no Indian ones, and Indian goods go back to back with nobody."""
    said = refusal(lambda: filed(item={"origin_country": "CN"}), "items[0].origin_country")
    assert "File them as a back-to-back certificate" in said
    said = refusal(lambda: filed(kind="BACK_TO_BACK", item={"origin_country": "IN"}), "items[0].origin_country")
    assert "give their country of origin" in said


def test_scenario_33_a_back_to_back_certificate_names_country_and_evidence(desk: Desk, filed: Filed) -> None:
    """And nowhere says that India made the goods; one in lieu of it neither, not even as what it corrects."""
    pk = filed("ISSUED", kind="BACK_TO_BACK")
    number = desk.certificate(pk).number
    proof = factories.BACK_TO_BACK["b2b_evidence"][0] | {"number": "LK-2026-5512"}
    more = factories.BACK_TO_BACK | {"b2b_evidence": [proof]}
    new = filed("ISSUED", **(more | in_lieu(number) | {"item": {"origin_country": "LK", "origin_criterion": "F"}}))
    for one, evidence in ((pk, "LK-2026-5511"), (new, "LK-2026-5512")):
        words = desk.words(one)
        assert "GOODS OF SRI LANKA ORIGIN" in words
        assert f"Certificate of origin {evidence} of 2 Jun 2026, Ceylon Chamber, Sri Lanka" in words
        assert "produced in" not in words
        assert "INDIAN" not in words
    assert "Box 4, proof of origin was: Certificate of origin LK-2026-5511" in desk.words(new)


def test_goods_that_were_called_indian_and_are_foreign(desk: Desk, filed: Filed) -> None:
    """The certificate in lieu is back-to-back: what was wrong is named without the word."""
    number = desk.certificate(filed("ISSUED")).number
    foreign = factories.BACK_TO_BACK | in_lieu(number) | {"item": {"origin_country": "LK", "origin_criterion": "F"}}
    pk = filed("ISSUED", **foreign)
    words = desk.words(pk)
    assert "Goods line 1, origin corrected" in words
    assert "INDIAN" not in words
    kept = {change["field"]: change["old"] for change in desk.certificate(pk).changed_fields}
    assert kept["Goods line 1, origin"] == "INDIAN"


def test_scenario_34_in_lieu_prints_what_it_corrects(desk: Desk, filed: Filed, run_jobs: Callable[[], int]) -> None:
    """The old number and date, and each printed difference; kept with the certificate; superseded in the same moment."""
    old = desk.certificate(filed("ISSUED"))
    identity, number, day = old.id, old.number, clock.day(clock.india_today(old.issued_at)).upper()
    pk = filed("SIGNING", **in_lieu(number, consignee=RIGHT, item={"marks": "NH/43"}))
    assert desk.session.get(type(old), identity).status == "VALID"
    run_jobs()
    new = desk.certificate(pk)
    assert new.changed_fields == [
        {"field": "Box 2, consignee's name", "old": "Nordlicht Handel GmbH & Co. KG", "new": "Nordlicht Handel GmbH"},
        {"field": "Goods line 1, marks", "old": "NH/42\nHAMBURG", "new": "NH/43"},
    ]
    words = desk.words(pk)
    assert f"ISSUED IN LIEU OF {number} DATED {day}" in words
    assert "Box 2, consignee's name was: Nordlicht Handel GmbH & Co. KG" in words
    assert "Goods line 1, marks was: NH/42 HAMBURG" in words
    assert desk.session.get(type(old), identity).status == "SUPERSEDED"


def test_scenario_34_only_the_agency_that_issued_it(desk: Desk, filed: Filed) -> None:
    """Another one is refused."""
    number = desk.certificate(filed("ISSUED")).number
    elsewhere = in_lieu(number, agency="SWCC", consignee=RIGHT)
    assert "Only the agency that issued it" in refusal(lambda: filed(**elsewhere), "in_lieu_of")


@pytest.mark.parametrize("more", [{}, {"po_no": "PO/9"}, {"notify_party": "N GmbH"}, {"item": {"net_weight_kg": "1599.000"}},
                                  {"container_nos": ["CSQU3054383"]}], ids=lambda more: next(iter(more), "nothing"))  # fmt: skip
def test_in_lieu_of_the_same_words_is_refused_at_submission(app: Flask, desk: Desk, filed: Filed, more: dict[str, Any]) -> None:
    """A draft may be saved and put right; what would print the same words is not filed, and no fee is set aside."""
    number = desk.certificate(filed("ISSUED")).number
    pk = filed("DRAFT", **in_lieu(number, **more))
    before = states.picture(app)
    assert "Nothing that is printed differs" in refusal(lambda: desk.move(pk, EXPORTER, "submit"), "in_lieu_reason")
    assert states.changed(before, states.picture(app)) == []
    desk.move(pk, CLERK, "edit", filing=factories.filing(**in_lieu(number, **more, consignee=RIGHT)))
    desk.move(pk, EXPORTER, "submit")


def test_a_correction_taken_back_in_a_reply_is_refused(desk: Desk, filed: Filed) -> None:
    """Neither by the reply nor, whatever happened, by the officer."""
    number = desk.certificate(filed("ISSUED")).number
    pk = filed("UNDER_REVIEW", **in_lieu(number, consignee=RIGHT))
    desk.move(pk, OFFICER, "query", items=[{"text": "Which name is right?", "field_path": "consignee"}])
    desk.move(pk, CLERK, "edit", filing=factories.filing(**in_lieu(number)))
    assert "Nothing that is printed differs" in refusal(lambda: desk.move(pk, CLERK, "reply", reply="The old."), "in_lieu_reason")
    assert desk.application(pk).status == "QUERY_RAISED"


def test_an_officer_approves_no_copy(app: Flask, desk: Desk, filed: Filed) -> None:
    """Even when both came to say the same in another way."""
    first = desk.certificate(filed("ISSUED"))
    number, identity = first.number, first.id
    pk = filed("UNDER_REVIEW", **in_lieu(number, consignee=RIGHT))
    with states.as_the_system(app, pk) as (session, _application):
        old = session.get_one(type(first), identity)
        words = dict(old.data_snapshot)
        words["consignee"] = words["consignee"] | {"name": RIGHT["name"]}
        old.data_snapshot = words
    with pytest.raises(BusinessError, match="Nothing that is printed differs"):
        desk.move(pk, OFFICER, "approve")
    with states.as_the_system(app, pk) as (session, _application):
        old = session.get_one(type(first), identity)
        old.data_snapshot = old.data_snapshot | {
            "consignee": words["consignee"] | {"name": factories.FILING["consignee"]["name"]}
        }


def test_scenario_36_goods_that_left_before(desk: Desk, filed: Filed, run_jobs: Callable[[], int]) -> None:
    """A reason is required, the PDF says so; goods that leave while the officer reads are endorsed without one."""
    noon = clock.india_midnight(clock.india_today()) + timedelta(hours=12)
    with clock.travel(noon):
        yesterday = (clock.india_today() - timedelta(days=1)).isoformat()
        assert "say why" in refusal(lambda: filed(departure_date=yesterday), "retro_reason")
        late = filed("ISSUED", departure_date=yesterday, retro_reason="The bank asked for it after the ship had sailed.")
        waiting = filed("UNDER_REVIEW", departure_date=clock.india_today().isoformat())
    with clock.travel(noon + timedelta(days=2)):
        desk.move(waiting, OFFICER, "approve")
        run_jobs()
    for pk in (late, waiting):
        assert "ISSUED RETROSPECTIVELY" in desk.words(pk)
        assert "ISSUED RETROSPECTIVELY" in desk.certificate(pk).endorsements


def test_scenario_42_hostile_and_long_descriptions_are_printed_whole(desk: Desk, filed: Filed) -> None:
    """A script, an ampersand, Hindi and a thousand signs, literally; the number on each sheet."""
    hostile = '<script>alert("1")</script> & <b>towels</b>'
    long = ("Cotton terry towels " * 50)[:996] + " END"
    lines = [LINE | {"description": words, "fob_value": "1.00"} for words in (hostile, "सूती तौलिये", long)]
    pk = filed("ISSUED", items=[*lines, *([LINE | {"fob_value": "1.00"}] * 25)])
    words, number = desk.words(pk), desk.certificate(pk).number
    assert hostile in words
    assert words.count("Cotton terry towels Cotton terry towels") > 5
    assert " END" in words
    sheets = int(words.split("Page 1 of ")[1].split()[0])
    assert sheets > 1
    assert words.count(number) >= sheets


def snapshot(**more: Any) -> dict[str, Any]:
    """The words of a certificate as far as they are compared."""
    line = {"line_no": 1, "marks": "M", "packages": "1 carton", "description": "Towels", "hs_code": "63026090", "origin": "INDIAN",
            "gross_weight": "1 kg", "quantity": "1 PCS", "invoice": "1"}  # fmt: skip
    parts = {"name": "", "address": "", "iec": "", "gstin": "", "country": ""}
    transport = dict.fromkeys(("mode", "vessel", "voyage", "departure", "port_of_loading", "port_of_discharge", "final_destination",
                               "document"), "")  # fmt: skip
    return {"exporter": parts, "consignee": parts, "transport": transport, "declaration": {"destination": "GERMANY"},
            "evidence": [], "goods": [line], **more}  # fmt: skip


def test_a_line_left_out_does_not_make_the_others_look_corrected() -> None:
    """Its number moves, its words do not."""
    line = snapshot()["goods"][0]
    lines = [line | {"line_no": number, "marks": f"M{number}"} for number in range(1, 5)]
    fewer = [row | {"line_no": number} for number, row in enumerate([lines[0], *lines[2:]], 1)]
    changes = corrections(snapshot(goods=lines), snapshot(goods=fewer))
    assert [change["field"] for change in changes] == ["Former goods line 2"]
    assert printed(changes, back_to_back=False) == ("Former goods line 2 left out: Towels, 1 carton, 1 PCS",)
    assert printed(changes, back_to_back=True) == ("Former goods line 2 left out",)
    back = corrections(snapshot(goods=fewer), snapshot(goods=lines))
    assert printed(back, back_to_back=False) == ("Goods line 2 added",)


def test_very_many_corrections_are_counted() -> None:
    """What is printed stays readable; all of it is kept."""
    line = snapshot()["goods"][0]
    old, new = ([line | {"line_no": n, "marks": f"{sign}{n}" * 90} for n in range(100)] for sign in "AB")
    changes = corrections(snapshot(goods=old), snapshot(goods=new))
    lines = printed(changes, back_to_back=False)
    assert (len(changes), len(lines), lines[-1]) == (
        100,
        MOST_PRINTED + 1,
        "and 76 further corrections, kept with the certificate",
    )
    assert all(len(each) < 220 for each in lines)


def test_the_button_begins_a_corrected_certificate(app: Flask, login: Any, issued: Any) -> None:
    """From the certificate's page to the form, filled with what was filed and the number; another firm sees nothing."""
    certificate = issued()
    exporter = login(EXPORTER)
    page = exporter.get(f"/certificates/show/{certificate.id}").text
    address = page.split('href="/filing/like/')[1].split('"')[0].replace("&amp;", "&")
    form = exporter.get(f"/filing/like/{address}").text
    assert f'value="{certificate.number}"' in form
    assert 'selected value="IN_LIEU"' in form or 'value="IN_LIEU" selected' in form
    assert "Cotton terry towels" in form
    assert "Ask for a corrected certificate" not in login(OFFICER).get(f"/certificates/show/{certificate.id}").text
