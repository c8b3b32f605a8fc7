"""Nine in ten realistic faults are told before submission, by the field they are in; right filings are left in peace."""

import itertools
from collections import Counter
from collections.abc import Iterable

import pytest

from app.applications.advice import advise
from app.applications.advised import read_partly
from app.applications.checks import Facts, check
from app.applications.paper_facts import compare
from app.core.errors import Fault
from tests.applications import faults
from tests.applications.faults import EXPORTER, TODAY, Case

FACTS = Facts(today=TODAY, exporter=EXPORTER)
CLASSIC = {faults.DIFFERS, faults.MISSING, faults.SPELT, faults.TWICE, faults.BRAND, faults.PROFORMA, faults.SIGNED, faults.HS,
           faults.BUYER}  # fmt: skip


def told(case: Case) -> list[Fault]:
    """Everything that is said of a case: form, rules, warnings, and the invoice's words."""
    clean, wrong = read_partly(case.filing)
    return [*wrong, *check(clean, FACTS), *advise(clean, FACTS), *compare(case.words, clean, EXPORTER)]


def listed(cases: Iterable[Case]) -> str:
    """Cases as the report shows them."""
    return "\n".join(f"  {case.name} ({case.reason}, {case.field}): told {[f.field for f in told(case)]}" for case in cases)


def test_there_are_a_hundred_faults_of_every_kind() -> None:
    """A hundred different faults, all nine classic reasons among them; some only the papers show."""
    cases = faults.faulty()
    assert len(cases) == len({case.name for case in cases}) == 100
    assert {case.reason for case in cases} >= CLASSIC
    assert sum(bool(case.words) for case in cases) >= 10
    assert min(Counter(case.reason for case in cases).values()) >= 1


def test_nine_in_ten_faults_are_told_by_their_field(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault counts as caught only when the field that is wrong is the one that is named."""
    cases = faults.faulty()
    missed = [case for case in cases if case.field not in {fault.field for fault in told(case)}]
    with capsys.disabled():
        print(f"\n{len(cases) - len(missed)} of {len(cases)} faults are told; missed:\n{listed(missed) or '  none'}")
    assert len(missed) <= 10


def test_without_its_fault_each_filing_would_have_been_left_in_peace() -> None:
    """What is told of a faulty filing is told because of the fault: the same filing without it has none."""
    noisy = [(number, told(faults.plain(number, kind))) for number, (_, _, _, kind, _, _) in enumerate(faults.MADE)]
    assert [entry for entry in noisy if entry[1]] == []


def test_right_filings_are_left_in_peace(capsys: pytest.CaptureFixture[str]) -> None:
    """At most two in a hundred right filings, odd ones among them, hear anything at all."""
    cases = [faults.good(seed) for seed in range(100)]
    alarmed = [case for case in cases if told(case)]
    with capsys.disabled():
        print(f"\n{len(alarmed)} of {len(cases)} right filings are alarmed")
        for case in alarmed:
            print(f"  {case.name}: {[(fault.field, fault.message) for fault in told(case)]}")
    assert len(alarmed) <= 2


def test_the_right_filings_are_of_many_kinds() -> None:
    """The hundred are not one filing a hundred times."""
    cases = [faults.good(seed) for seed in range(100)]
    lines = list(itertools.chain.from_iterable(case.filing["items"] for case in cases))
    assert {case.filing["kind"] for case in cases} == {"ORIGINAL", "BACK_TO_BACK", "IN_LIEU"}
    assert len({line["itc_hs"][:2] for line in lines}) > 40
    assert len({case.filing["consignee"]["country"] for case in cases}) > 12
    assert sum(bool(case.words) for case in cases) > 50


def test_every_sentence_ends_and_names_a_cure() -> None:
    """What is told is whole sentences."""
    said = [fault.message for case in faults.faulty() for fault in told(case)]
    assert said
    assert all(message[0].isupper() and message.endswith((".", "?", "…")) for message in said), said
