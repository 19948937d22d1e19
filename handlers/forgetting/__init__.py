"""What the running bot forgets by itself."""

from bot.request_log.forgetting.retention import RetentionLog
from bot.services import Services
from handlers.forgetting.retention import RETENTION_SECONDS, Retention
from handlers.schedule import Schedule


def register(services: Services, schedule: Schedule) -> None:
    if days := services.settings.retention_days:
        retention_log = RetentionLog(services.request_log.store)
        retention = Retention(retention_log=retention_log, days=days, clock=services.clock)
        schedule.add("retention", retention.run, every=RETENTION_SECONDS)
