"""Who may do what: every role with every act."""

from pathlib import Path

import pytest

from bot.domain.rights import RIGHTS, Act, Role, Rules, readme_table, refusal
from handlers.access.limits import A_MINUTE, FORMS, PRESSES

WORKSPACE = (Role.MEMBER, Role.ADMIN, Role.GUEST, Role.OUTSIDER, Role.DEACTIVATED)
CLOSED = Rules()
FOR_EVERYBODY = (Act.LEAVE_NOTE, Act.READ_SCRIPT, Act.OPEN_HOME, Act.ANSWER_CONSENT)


def test_every_act_is_decided() -> None:
    assert set(RIGHTS) == set(Act)


@pytest.mark.parametrize("act", Act)
def test_a_deactivated_person_may_do_nothing(act: Act) -> None:
    assert refusal(act, Role.DEACTIVATED, {Role.REQUESTER, Role.REVIEWER}, CLOSED)


@pytest.mark.parametrize("role", [Role.GUEST, Role.OUTSIDER])
@pytest.mark.parametrize("act", Act)
def test_guests_and_outsiders_may_only_read_and_leave_notes(act: Act, role: Role) -> None:
    said = refusal(act, role, {Role.REQUESTER, Role.REVIEWER}, CLOSED)
    assert bool(said) == (act not in FOR_EVERYBODY)


@pytest.mark.parametrize("act", Act)
def test_a_setting_lets_guests_in_as_members(act: Act) -> None:
    rules = Rules(allow_guests=True)
    assert refusal(act, Role.GUEST, set(), rules) == refusal(act, Role.MEMBER, set(), rules)
    assert bool(refusal(act, Role.OUTSIDER, set(), rules)) == (act not in FOR_EVERYBODY)


@pytest.mark.parametrize("act", Act)
def test_an_admin_may_do_everything(act: Act) -> None:
    assert refusal(act, Role.ADMIN, set(), CLOSED) == ""


def test_only_the_requester_and_admins_manage_a_take() -> None:
    assert refusal(Act.MANAGE_TAKE, Role.MEMBER, {Role.REQUESTER}, CLOSED) == ""
    assert "Only the person who asked" in refusal(
        Act.MANAGE_TAKE, Role.MEMBER, {Role.REVIEWER}, CLOSED
    )


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
def test_the_requester_does_not_approve_unless_a_setting_says_so(role: Role) -> None:
    assert refusal(Act.APPROVE, role, {Role.REQUESTER}, CLOSED)
    assert refusal(Act.APPROVE, role, {Role.REQUESTER}, Rules(self_approval=True)) == ""


def test_sharing_out_of_a_private_channel_is_for_those_of_the_request() -> None:
    act = Act.SHARE_FROM_PRIVATE
    assert refusal(act, Role.MEMBER, set(), CLOSED)
    for role in (Role.REQUESTER, Role.REVIEWER):
        assert refusal(act, Role.MEMBER, {role}, CLOSED) == ""


def test_the_readme_shows_the_rights_as_they_are() -> None:
    readme = Path(__file__).parents[3] / "README.md"
    _, _, rest = readme.read_text("utf-8").partition("<!-- rights -->\n")
    assert rest.partition("<!-- /rights -->")[0] == readme_table()


def test_the_readme_says_how_much_one_person_may_do_in_a_minute() -> None:
    words = (Path(__file__).parents[3] / "README.md").read_text().split()
    limits = f"({A_MINUTE['/avatar']} `/avatar`, {PRESSES} buttons, {FORMS} forms);"
    assert limits in " ".join(words)
