"""What the running bot forgets by itself."""

from bot.request_log.forgetting.retention import RetentionLog
from bot.request_log.forms.form_updates import FormUpdates
from bot.request_log.forms.unfinished import UnfinishedLog
from bot.services import Services
from handlers.forgetting.retention import RETENTION_SECONDS, Retention
from handlers.schedule import Schedule


def register(services: Services, schedule: Schedule) -> None:
    store = services.request_log.store
    schedule.add("unfinished forms", UnfinishedLog(store).forget_old, every=RETENTION_SECONDS)
    schedule.add("closed forms", FormUpdates(store).forget_old, every=RETENTION_SECONDS)
    if days := services.settings.retention_days:
        retention_log = RetentionLog(store)
        retention = Retention(retention_log=retention_log, days=days, clock=services.clock)
        # The next start goes on with it, and it may take an hour.
        schedule.add("retention", retention.run, every=RETENTION_SECONDS, cut_off_at_stop=True)
