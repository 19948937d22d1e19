"""The steps of a take, as the job engine runs them."""

from bot.jobs.engine import Steps
from bot.services import Services
from handlers.rendering.audio.upload import AudioUpload
from handlers.rendering.deliver import Deliver, VideoThread
from handlers.rendering.failures import Failures
from handlers.rendering.follow import Follow
from handlers.rendering.pauses import QueuePauses
from handlers.rendering.reconciliation import Costs, Reconciliation
from handlers.rendering.results import Results
from handlers.rendering.submit import Submission, Submit
from handlers.shared import Shared


def steps(
    services: Services, shared: Shared, *, reconciliation: Reconciliation, failures: Failures
) -> Steps:
    cards = shared.cards
    request_log, jobs, clock = services.request_log, services.jobs, services.clock
    segmind = services.segmind
    pauses = QueuePauses(
        request_log=request_log, queue_log=services.queue_log, cards=cards, admins=shared.admins,
        clock=clock, settings=services.settings, stock_ids=services.catalog.stock_ids,
    )  # fmt: skip
    results = Results(
        request_log=request_log, cards=cards, folder=services.settings.data_dir / "results"
    )
    submission = Submission(
        request_log=request_log, segmind=segmind, jobs=jobs, cards=cards,
        pauses=pauses, results=results, reconciliation=reconciliation, clock=clock,
    )  # fmt: skip
    audio_upload = AudioUpload(
        request_log=request_log, queue_log=services.queue_log, uploads=services.uploads,
        audio_files=shared.audio_files,
    )  # fmt: skip
    submit = Submit(
        request_log=request_log, jobs=jobs, cards=cards, pauses=pauses, audio_upload=audio_upload,
        submission=submission, reconciliation=reconciliation, clock=clock,
        people_shown=shared.people_shown, background=services.background,
    )  # fmt: skip
    follow = Follow(
        request_log=request_log, queue_log=services.queue_log, segmind=segmind, jobs=jobs,
        cards=cards, pauses=pauses, results=results, clock=clock, settings=services.settings,
    )  # fmt: skip
    thread = VideoThread(
        request_log=request_log, review_log=services.review_log,
        result_files=services.result_files, slack_files=services.slack_files,
        slack_messages=services.slack_messages, video_messages=shared.video_messages,
        reconciliation=reconciliation, clock=clock,
    )  # fmt: skip
    deliver = Deliver(
        request_log=request_log, jobs=jobs, result_files=services.result_files,
        catalog=services.catalog, thread=thread, cards=cards, reconciliation=reconciliation,
        review_messages=shared.review_messages, clock=clock,
    )  # fmt: skip
    costs = Costs(
        request_log=request_log, reconciliation=reconciliation, rate_limit=segmind.rate_limit,
        jobs=jobs, cards=cards, clock=clock,
    )  # fmt: skip
    return Steps(submit.submit, follow.follow, deliver.deliver, costs.settle, failures.fail)
