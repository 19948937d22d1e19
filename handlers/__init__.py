"""Everything that reacts: to a person in Slack, or to a job whose turn has come.

Every trigger on one screen. What comes first is matched first: /avatar is the one people wait for.

    /avatar, its form, the form's submission     requests/
    a take's way into the thread, by the queue   rendering/
    decisions, notes, shares, reminders          reviewing/
"""

from slack_bolt.async_app import AsyncApp

from bot.services import Services
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.errors import Errors
from handlers.rendering.card_buttons import TakeButtons
from handlers.rendering.failures import Failures
from handlers.rendering.pauses import QueuePauses
from handlers.rendering.render import Render
from handlers.rendering.resume import Resume
from handlers.requests.new_take import NewTake
from handlers.requests.new_video import RequestVideo
from handlers.review_messages import ReviewMessages
from handlers.reviewing.catch_up import CatchUp
from handlers.reviewing.decisions import Review
from handlers.reviewing.notes import Notes
from handlers.reviewing.reminders import Reminders
from handlers.reviewing.share import Share

Untriggered = tuple[Render, Resume, QueuePauses, Reminders, CatchUp]


def register(app: AsyncApp, services: Services) -> Untriggered:
    """Wires every trigger to its handler; returns those that nobody in Slack triggers."""
    cards = Cards(services)
    admins = Admins(services)
    errors = Errors(services.messages)
    pauses = QueuePauses(services, cards, admins, errors)
    reviews = ReviewMessages(services, cards)
    RequestVideo(services, cards, errors).register(app)
    TakeButtons(services, cards, admins, errors).register(app)
    pauses.register(app)
    Review(services, errors, reviews).register(app)
    NewTake(services, cards, errors).register(app)
    Notes(services, reviews).register(app)
    share = Share(services, errors, reviews)
    share.register(app)
    errors.register(app)
    failures = Failures(services, cards, admins, reviews)
    looking = pauses, Reminders(services, reviews), CatchUp(services, share, reviews)
    render = Render(services, cards, failures, pauses, reviews)
    return render, Resume(services, failures, cards), *looking
