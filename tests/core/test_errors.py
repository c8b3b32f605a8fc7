"""A refusal carries its sentence, and faults carry their field."""

from app.core.errors import BusinessError, Fault, InvalidInput, NotFound


def test_the_sentence_is_the_message() -> None:
    """Screen, API and log show the same words."""
    assert NotFound("Nothing there.").sentence == str(BusinessError("Nothing there.")) == "Nothing there."


def test_many_faults_are_summed_up_by_the_first_three() -> None:
    """All are kept; the sentence stays short, or is the one given."""
    faults = [Fault(f"items[{n}]", f"Fault {n}.") for n in range(5)]
    assert InvalidInput(iter(faults)).faults == tuple(faults)
    assert InvalidInput(faults).sentence == "Fault 0. Fault 1. Fault 2."
    assert InvalidInput(faults, "Look.").sentence == "Look."
