"""Everything that reacts: to a person in Slack, or to a job whose turn has come.

Every trigger on one screen. What comes first is matched first: /avatar is the one people wait for.

    /avatar, its modal, type-ahead, submission     request_video
    the modal while it is filled in                live_modal
    a take's way to the thread (background)        render
    the buttons of a card                          take_buttons
    the queue at rest                              gate
    what went wrong                                errors, admins
"""

from slack_bolt.async_app import AsyncApp

from bot.parts import Parts
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.errors import Errors
from handlers.gate import Gate
from handlers.render import Render
from handlers.request_video import RequestVideo
from handlers.take_buttons import TakeButtons


def register(app: AsyncApp, parts: Parts) -> Render:
    """Wires every trigger to its handler; returns the background handler for the job engine."""
    cards = Cards(parts)
    admins = Admins(parts.messages, parts.settings.admin_user_ids)
    errors = Errors(parts.messages)
    gate = Gate(parts, cards, admins, errors)
    RequestVideo(parts, cards, errors).register(app)
    TakeButtons(parts, cards, admins, errors).register(app)
    gate.register(app)
    errors.register(app)
    return Render(parts, cards, admins, gate)
