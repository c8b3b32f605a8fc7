"""Lists of codes brought in from a file: all of it or nothing, once only, and what a whole list refuses from then on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.applications import advised, import_codes
from app.audit.models import AuditEvent
from app.core import codes
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError, InvalidInput
from app.infra import codelists
from tests import factories
from tests.people import EXPORTER, actor_for

PORTS = b"code,name,kind\nINNSA1,Nhava Sheva (JNPT),sea\nINXYZ1,Nowhere Port,sea\n"
TARIFF = b'code,name\n6302.60.90,"Toilet and kitchen linen, of terry towelling, of cotton"\n61091000,T-shirts of cotton\n'


@pytest.fixture
def lists(session: Any) -> Iterator[Any]:
    """A session; what it lays into memory is taken out again."""
    yield session
    for load in codelists.LOADED.values():
        if load is not None:
            load([])


def test_a_list_is_brought_in_once(lists: Any) -> None:
    first = import_codes.take(lists, SYSTEM_ACTOR, "port_in", PORTS)
    again = import_codes.take(lists, SYSTEM_ACTOR, "port_in", PORTS)
    changed = import_codes.take(lists, SYSTEM_ACTOR, "port_in", PORTS.replace(b"Nowhere Port", b"Somewhere"))
    assert (first.new, first.changed) == (2, 0)
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    assert (changed.new, changed.changed, changed.same) == (0, 1, 1)
    assert lists.query(AuditEvent).filter_by(event="code list brought in").count() == 2, "the same file again is no event"


def test_what_was_brought_in_is_laid_over_the_base_and_taken_off_again(lists: Any) -> None:
    import_codes.take(lists, SYSTEM_ACTOR, "port_in", PORTS)
    import_codes.take(lists, SYSTEM_ACTOR, "package", b"code,name,plural\nZ9,jute sling,jute slings\n")
    codelists.refresh(lists)
    assert codes.PORTS["INNSA1"] == "Nhava Sheva (JNPT)"
    assert codes.PORTS["INMUN1"] == "Mundra", "the base stays"
    assert codes.packages(2, "Z9") == "2 jute slings"
    for name in ("port_in", "package"):
        load = codelists.LOADED[name]
        assert load is not None
        load([])
    assert codes.PORTS["INNSA1"] == "Nhava Sheva"
    assert "INXYZ1" not in codes.PORTS
    assert "Z9" not in codes.PACKAGES


@pytest.mark.parametrize(("name", "content", "said"), [
    ("port_in", b"code,name\nUSNYC1,New York\nINNSA,Nhava\n", ["row 2", "row 3"]),
    ("port_in", b"code,name,kind\nINNSA1,Nhava Sheva,river\n", ["row 2"]),
    ("port_in", b"code,name\nINNSA1,A\nINNSA1,B\n", ["row 3"]),
    ("hs", b"code,name\n77010000,Nothing\n", ["row 2"]),
    ("locode", b"code,name\nDEHAM,\n", ["row 2"]),
    ("unit", b"code,name\nKG,kilograms\n", ["row 2"]),
])  # fmt: skip
def test_a_list_with_a_fault_is_not_brought_in_at_all(lists: Any, name: str, content: bytes, said: list[str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        import_codes.take(lists, SYSTEM_ACTOR, name, content)
    assert [fault.field for fault in refusal.value.faults] == said
    assert lists.query(codelists.CodeEntry).count() == 0


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"code,name\n", "code,name\nDEHAM,Köln".encode("latin-1")])
def test_what_is_no_list_is_refused_in_a_sentence(lists: Any, content: bytes) -> None:
    with pytest.raises(BusinessError):
        import_codes.take(lists, SYSTEM_ACTOR, "locode", content)


def test_a_whole_list_refuses_what_is_not_in_it_and_a_part_only_warns(lists: Any) -> None:
    actor = actor_for(lists, EXPORTER)
    odd = factories.filing(port_of_loading="INQQQ1", port_of_discharge="DEQQQ", item={"itc_hs": "63026091"})
    faults, warnings = advised.look(lists, actor, odd)
    assert faults == []
    assert {fault.field for fault in warnings} >= {"port_of_loading", "port_of_discharge"}
    import_codes.take(lists, SYSTEM_ACTOR, "port_in", PORTS, complete=True)
    import_codes.take(lists, SYSTEM_ACTOR, "hs", TARIFF, complete=True)
    faults, _warnings = advised.look(lists, actor, odd)
    assert {fault.field for fault in faults} == {"port_of_loading", "items[0].itc_hs"}
    faults, _warnings = advised.look(lists, actor, factories.filing())
    assert faults == []
    del odd["destination_country"]
    faults, _warnings = advised.look(lists, actor, odd)
    assert {fault.field for fault in faults} == {"port_of_loading", "items[0].itc_hs", "destination_country"}


def test_a_whole_list_drops_what_is_no_longer_in_it(lists: Any) -> None:
    import_codes.take(lists, SYSTEM_ACTOR, "port_in", PORTS, complete=True)
    outcome = import_codes.take(lists, SYSTEM_ACTOR, "port_in", b"code,name\nINNSA1,Nhava Sheva (JNPT)\n", complete=True)
    assert (outcome.gone, outcome.changed) == (1, 1)
    assert [row.code for row in lists.query(codelists.CodeEntry)] == ["INNSA1"]


@pytest.mark.parametrize(("name", "words", "first"), [
    ("country", "de", "DE"), ("country", "germany", "DE"), ("country", "united ara", "AE"), ("port_in", "mundra", "INMUN1"),
    ("port_in", "innsa", "INNSA1"), ("locode", "jebel", "AEJEA"), ("locode", "deham", "DEHAM"), ("package", "carton", "CT"),
    ("unit", "kilograms", "KGS"), ("hs", "terry", "63026090"), ("hs", "6109", "61091000"), ("country", "100%_", None),
])  # fmt: skip
def test_a_code_is_found_by_code_and_by_name(lists: Any, name: str, words: str, first: str | None) -> None:
    import_codes.take(lists, SYSTEM_ACTOR, "hs", TARIFF)
    found = codelists.search(lists, name, words)
    assert (found[0].code if found else None) == first
    assert len(codelists.search(lists, name, "")) <= codelists.MOST_SHOWN


def test_the_command_reads_first_and_writes_only_when_all_is_right(app: Flask, rolled_back: None, tmp_path: Any) -> None:
    from app.infra.db import db

    def held() -> int:
        with app.app_context():
            return int(db.session.query(codelists.CodeEntry).count())

    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(TARIFF)
    bad.write_bytes(b"code,name\n12,Too short\n")
    run: Callable[..., Any] = app.test_cli_runner().invoke
    tried = run(args=["udgam", "codes", "hs", str(good), "--dry-run"])
    assert "Would be new: 2" in tried.output
    assert held() == 0
    assert run(args=["udgam", "codes", "hs", str(bad)]).exit_code == 1
    assert run(args=["udgam", "codes", "nothing", str(good)]).exit_code == 1
    done = run(args=["udgam", "codes", "hs", str(good)])
    assert (done.exit_code, "New: 2" in done.output, held()) == (0, True, 2)
