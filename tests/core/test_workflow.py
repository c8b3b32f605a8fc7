"""The table of moves allows exactly its lines and refuses everything else in a sentence."""

import dataclasses

import pytest

from app.core.actor import EXPORTER_ROLES, PUBLIC_ACTOR, SYSTEM_ACTOR, Role
from app.core.errors import NotAllowed, NotFound, WrongState
from app.core.workflow import Move, Workflow, words

FIRM = frozenset({Role.APPLICANT})
DESK = frozenset({Role.OFFICER})
SYSTEM = frozenset({Role.SYSTEM})


def _move(name: str, froms: str, to: str | None, by: frozenset[Role], automatic: bool = False) -> Move:
    return Move(name, frozenset(froms.split()), to, by, f"{name} done", name.capitalize(), automatic=automatic)


MOVES = (
    _move("delete", "DRAFT", None, FIRM),
    _move("edit", "DRAFT", "DRAFT", FIRM),
    _move("edit", "AT_DESK", "AT_DESK", DESK),
    _move("send", "DRAFT", "AT_DESK", FIRM),
    _move("decide", "AT_DESK", "DECIDED", DESK),
    _move("back", "AT_DESK", "DRAFT", FIRM | DESK),
    _move("lapse", "AT_DESK", "LAPSED", SYSTEM, automatic=True),
)
LIFE = Workflow("paper", "DRAFT", MOVES, frozenset({"DECIDED", "LAPSED"}))


def test_states_and_names_come_in_the_order_of_the_table() -> None:
    """Screens and pictures list them so."""
    assert LIFE.states == ("DRAFT", "AT_DESK", "DECIDED", "LAPSED")
    assert LIFE.names == ("delete", "edit", "send", "decide", "back", "lapse")
    assert len(LIFE.rows("edit")) == 2


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", LIFE.states)
@pytest.mark.parametrize("name", LIFE.names)
def test_exactly_the_lines_of_the_table_are_allowed(name: str, state: str, role: Role) -> None:
    """Every move from every state by every role: the line, or a refusal."""
    lines = [move for move in MOVES if move.name == name and state in move.froms and role in move.by]
    if lines:
        assert LIFE.check(name, state, role) is lines[0]
    else:
        with pytest.raises((NotAllowed, WrongState)):
            LIFE.check(name, state, role)


def test_an_unknown_move_is_not_found() -> None:
    """Before anything is said about roles or states."""
    with pytest.raises(NotFound, match="bribe"):
        LIFE.check("bribe", "DRAFT", Role.OFFICER)


@pytest.mark.parametrize("state", LIFE.states)
def test_a_role_that_never_may_is_told_so_in_any_state(state: str) -> None:
    """The state of a paper is not told to those who may not act on it."""
    with pytest.raises(NotAllowed, match="decide"):
        LIFE.check("decide", state, Role.VIEWER)


def test_a_role_that_may_do_it_elsewhere_is_told_that_others_may_here() -> None:
    """The firm edits drafts; what is at the desk, the desk edits."""
    with pytest.raises(NotAllowed):
        LIFE.check("edit", "AT_DESK", Role.APPLICANT)


def test_a_wrong_state_is_told_with_the_right_ones() -> None:
    """What state it is in, and when the move is possible for this role; not when it is for others."""
    with pytest.raises(WrongState, match=r"the paper is decided. «Edit» is possible while it is draft\.$"):
        LIFE.check("edit", "DECIDED", Role.APPLICANT)
    with pytest.raises(WrongState, match=r"while it is at desk\.$"):
        LIFE.check("back", "DRAFT", Role.OFFICER)


def test_several_right_states_are_joined_with_or() -> None:
    """A sentence, not a list in brackets."""
    life = Workflow(
        "slip", "A", [_move("go", "A B C", "D", DESK), *(_move(f"to_{s}", "A", s, DESK) for s in "BC")], frozenset("D")
    )
    with pytest.raises(WrongState, match="while it is a, b or c"):
        life.check("go", "D", Role.OFFICER)


def test_buttons_are_the_moves_of_this_state_and_role() -> None:
    """What happens by itself has no button."""
    assert [move.name for move in LIFE.offered("DRAFT", Role.APPLICANT)] == ["delete", "edit", "send"]
    assert [move.name for move in LIFE.offered("AT_DESK", Role.OFFICER)] == ["edit", "decide", "back"]
    assert LIFE.offered("AT_DESK", Role.SYSTEM) == []
    assert LIFE.offered("DECIDED", Role.OFFICER) == []
    assert LIFE.check("lapse", "AT_DESK", Role.SYSTEM).automatic


def test_the_picture_shows_every_line() -> None:
    """Mermaid: from the start, every move, deletion and the ends."""
    picture = LIFE.mermaid().splitlines()
    assert picture[:2] == ["stateDiagram-v2", "    [*] --> DRAFT"]
    assert "    DRAFT --> [*]: delete (applicant)" in picture
    assert "    AT_DESK --> DRAFT: back (applicant, officer)" in picture
    assert picture[-2:] == ["    DECIDED --> [*]", "    LAPSED --> [*]"]


@pytest.mark.parametrize(
    ("moves", "final", "says"),
    [
        ([_move("go", "A", "B", DESK), _move("on", "X", "B", DESK)], "B", "nothing leads to X"),
        ([_move("go", "A", "A", DESK)], "Z", "nothing leads to Z"),
        ([_move("go", "A", "B", DESK)], "", "no way out of B"),
        ([_move("go", "A", "B", DESK), _move("back", "B", "A", DESK)], "B", "leaves the final state B"),
        ([_move("go", "A", "B", DESK), _move("go", "A", "A", FIRM)], "B", "starts twice from A"),
        ([_move("go", "A", "B", DESK), _move("on", "", "B", DESK)], "B", "starts nowhere"),
        ([_move("go", "A", "B", DESK, automatic=True)], "B", "not the system's alone"),
    ],
)
def test_a_table_that_contradicts_itself_cannot_be_made(moves: list[Move], final: str, says: str) -> None:
    """Typing mistakes in the table are found when the program starts."""
    with pytest.raises(ValueError, match=says):
        Workflow("paper", "A", moves, frozenset(final.split()))


def test_a_final_thing_may_still_be_done_something_to() -> None:
    """A move that leaves it final is no way out."""
    life = Workflow("paper", "A", [_move("go", "A", "B", DESK), _move("note", "B", "B", DESK)], frozenset("B"))
    assert life.check("note", "B", Role.OFFICER).to == "B"


def test_states_are_read_as_words() -> None:
    """UNDER_REVIEW is for machines."""
    assert words("UNDER_REVIEW") == "under review"


def test_actors_cannot_be_changed_on_the_way() -> None:
    """Who acts is settled at the door; the system and the public have no account."""
    assert (SYSTEM_ACTOR.role, PUBLIC_ACTOR.role) == (Role.SYSTEM, Role.PUBLIC)
    assert SYSTEM_ACTOR.user_id is PUBLIC_ACTOR.user_id is None
    assert {Role.PRIMARY, Role.APPLICANT, Role.VIEWER} == EXPORTER_ROLES
    with pytest.raises(dataclasses.FrozenInstanceError):
        SYSTEM_ACTOR.role = Role.OFFICER  # type: ignore[misc]  # that it is frozen is what is tested
