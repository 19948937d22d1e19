"""The rows of the fault matrix: every point at which the bot is killed or a connection is cut."""

from dataclasses import dataclass
from signal import SIGKILL, SIGTERM, Signals
from typing import Literal

from bot.demo.segmind import Cut
from bot.demo.segmind.faults import Delivery, Place
from bot.demo.stage import Stage
from tests.support.processes.kills import (
    AtSegmindCall,
    AtSlackCall,
    BetweenPolls,
    DuringVideoUpload,
    KillPoint,
)

POST, UPDATE, DELETE = "chat.postMessage", "chat.update", "chat.delete"
OPEN = "views.open"
UPLOADING = "Uploading to Slack"  # of a card
GET_UPLOAD_URL, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"


@dataclass(frozen=True)
class Row:
    """What goes wrong while one video is made.

    `kills`: where the bot is killed; it is restarted after each. `cuts`: connections that break
    while it keeps running. `loses_queue`: the engine's file is deleted before each restart.
    `files_refused`: how long Slack refuses all files, so that the thread gets a link instead.
    `again`: where it is killed while the file then replaces the link. `audio`: Ada uploads an mp3
    in place of a script; `audio_deleted`: and deletes it, which is seen when it is to be fetched,
    so that the take fails and is free. `before_queue`: it is
    asked and killed right after a start, when Slack is connected and the job queue has not started.
    `no_form`: it is killed before there is a form.
    """

    name: str
    kills: tuple[KillPoint, ...] = ()
    signal: Signals = SIGKILL
    loses_queue: bool = False
    files_refused: Literal["", "until the kill", "always"] = ""
    share_seconds: float = 0.0
    cuts: tuple["SlackCut | SegmindCut", ...] = ()
    again: tuple[KillPoint, ...] = ()
    audio: bool = False
    audio_deleted: bool = False
    before_queue: bool = False
    no_form: bool = False


@dataclass(frozen=True)
class SlackCut:
    call: str
    drop: str  # "before" or "after" the call took effect

    def add_to(self, stage: Stage) -> None:
        stage.slack.faults.add(self.call, drop="after" if self.drop == "after" else "before")


@dataclass(frozen=True)
class SegmindCut:
    place: Place
    after: bool = False
    bytes: int = 0  # how many arrive before the cut

    def add_to(self, stage: Stage) -> None:
        if self.bytes:
            stage.segmind.faults.add(self.place, Delivery(), 1)  # the captions
            stage.segmind.faults.add(self.place, Delivery(cut_after=self.bytes))
        else:
            stage.segmind.faults.add(self.place, Cut(accepted=self.after))


ACCEPTED = AtSegmindCall("v2", "done")
SUBMIT = (
    Row("the card is on its way to Slack", (AtSlackCall(POST, "lost"),)),
    Row("the card is posted, the answer lost", (AtSlackCall(POST, "done"),)),
    Row("the submission is accepted, the answer lost", (ACCEPTED,)),
    Row("the submission is accepted after the kill", (AtSegmindCall("v2", "late"),)),
    Row("the submission is being answered", (AtSegmindCall("v2", "answered"),)),
)
POLL = (
    Row("a poll is answered, the answer lost", (AtSegmindCall("status", "done", nth=2),)),
    Row("between two polls", (BetweenPolls(),)),
    Row("the result is given, the answer lost", (AtSegmindCall("result", "done"),)),
)
DELIVERY = (
    Row("the captions are fetched", (AtSegmindCall("cdn", "lost"),)),
    Row("half of the video is at Slack", (DuringVideoUpload(),)),
    Row("the video is at Slack, the answer lost", (AtSlackCall("upload", "done"),)),
    Row("both files are at Slack, the answer lost", (AtSlackCall("upload", "done", nth=2),)),
    Row("the share is on its way to Slack", (AtSlackCall(COMPLETE, "lost"),)),
    Row("the files are shared, the answer lost", (AtSlackCall(COMPLETE, "done"),)),
    Row("the shared files appear later", (AtSlackCall(COMPLETE, "done"),), share_seconds=0.5),
    Row("the review is on its way to Slack", (AtSlackCall(POST, "lost", after=COMPLETE),)),
    Row("the review is posted, the answer lost", (AtSlackCall(POST, "done", after=COMPLETE),)),
    Row("the card's Ready is on its way to Slack", (AtSlackCall(UPDATE, "lost", after=COMPLETE),)),
    Row("the card says Ready, the answer lost", (AtSlackCall(UPDATE, "done", after=COMPLETE),)),
)
STARTING = (
    Row("the form is on its way to Slack", (AtSlackCall(OPEN, "lost"),), before_queue=True,
        no_form=True),
    Row("the form is open, the answer lost", (AtSlackCall(OPEN, "done"),), before_queue=True),
    Row("the card is on its way to Slack", (AtSlackCall(POST, "lost"),), before_queue=True),
    Row("the card is posted, the answer lost", (AtSlackCall(POST, "done"),), before_queue=True),
    Row("Deliver again is pressed", files_refused="always",
        again=(AtSlackCall(UPDATE, "lost", says=UPLOADING),), before_queue=True),
    Row("Deliver again is pressed, the answer lost", files_refused="always",
        again=(AtSlackCall(UPDATE, "done", says=UPLOADING),), before_queue=True),
)  # fmt: skip
STOPPED = (
    Row("the submission is accepted", (ACCEPTED,), SIGTERM),
    Row("a poll is answered", (AtSegmindCall("status", "done", nth=2),), SIGTERM),
    Row("the result is given", (AtSegmindCall("result", "done"),), SIGTERM),
    Row("half of the video is at Slack", (DuringVideoUpload(),), SIGTERM),
    Row("the files are shared", (AtSlackCall(COMPLETE, "done"),), SIGTERM),
)
TWICE = (
    Row(
        "during the submission, then the search for it",
        (ACCEPTED, AtSegmindCall("history", "done")),
    ),
    Row("during a poll, then the next one", (AtSegmindCall("status", "done"),) * 2),
    Row("during the upload, then the share", (DuringVideoUpload(), AtSlackCall(COMPLETE, "done"))),
    Row(
        "during the share, then the check for it",
        (AtSlackCall(COMPLETE, "done"), AtSlackCall("files.info", "done")),
    ),
)
QUEUE_LOST = (
    Row("the card is being posted", (AtSlackCall(POST, "lost"),), loses_queue=True),
    Row("the submission is accepted", (ACCEPTED,), loses_queue=True),
    Row("a poll is answered", (AtSegmindCall("status", "done", nth=2),), loses_queue=True),
    Row("half of the video is at Slack", (DuringVideoUpload(),), loses_queue=True),
    Row("the files are shared", (AtSlackCall(COMPLETE, "done"),), loses_queue=True),
    Row(
        "the card's Ready is on its way to Slack",
        (AtSlackCall(UPDATE, "lost", after=COMPLETE),),
        loses_queue=True,
    ),
)
REFUSED = (
    Row(
        "the link is on its way to Slack",
        (AtSlackCall(POST, "lost", after=GET_UPLOAD_URL),),
        files_refused="always",
    ),
    Row(
        "the link is posted, the answer lost",
        (AtSlackCall(POST, "done", after=GET_UPLOAD_URL),),
        files_refused="always",
    ),
    Row(
        "the link is posted, then files are accepted",
        (AtSlackCall(POST, "done", after=GET_UPLOAD_URL),),
        files_refused="until the kill",
    ),
    Row(
        "the review is posted, then files are accepted",
        (AtSlackCall(POST, "done", 2, after=GET_UPLOAD_URL),),
        files_refused="until the kill",
    ),
    Row(
        "each post is cut after it succeeded",
        cuts=(SlackCut(POST, "after"),) * 2,
        files_refused="always",
    ),
)
AGAIN_AT: dict[str, KillPoint] = {
    "half of the video is at Slack": DuringVideoUpload(again=True),
    "the video is at Slack, the answer lost": AtSlackCall("upload", "done"),
    "the share is on its way to Slack": AtSlackCall(COMPLETE, "lost"),
    "the files are shared, the answer lost": AtSlackCall(COMPLETE, "done"),
    "the link's deletion is on its way to Slack": AtSlackCall(DELETE, "lost"),
    "the link is deleted, the answer lost": AtSlackCall(DELETE, "done"),
    "the card's Ready is on its way to Slack": AtSlackCall(UPDATE, "lost", after=DELETE),
    "the card says Ready, the answer lost": AtSlackCall(UPDATE, "done", after=DELETE),
}
AGAIN = tuple(Row(name, files_refused="always", again=(at,)) for name, at in AGAIN_AT.items())
CUTS = (
    Row("the submission is accepted, the answer cut", cuts=(SegmindCut("v2", after=True),)),
    Row("a poll is cut", cuts=(SegmindCut("status"),)),
    Row("the result is cut", cuts=(SegmindCut("result"),)),
    Row("the download is cut midway", cuts=(SegmindCut("cdn", bytes=50_000),)),
    Row("the history is cut", cuts=(SegmindCut("history"),)),
    Row("an upload is cut before it arrives", cuts=(SlackCut("upload", "before"),)),
    Row("an upload is cut after it has arrived", cuts=(SlackCut("upload", "after"),)),
    Row("the share is cut before it succeeded", cuts=(SlackCut(COMPLETE, "before"),)),
    Row("the share is cut after it succeeded", cuts=(SlackCut(COMPLETE, "after"),)),
    Row("each update of the card is cut once", cuts=(SlackCut(UPDATE, "before"),) * 3),
)
SENT_TO_STORAGE: dict[str, tuple[KillPoint, ...]] = {
    "its card is on its way to Slack": (AtSlackCall(POST, "lost"),),
    "the audio is looked up in Slack": (AtSlackCall("files.info", "done", nth=3),),
    "the audio is on its way to Segmind": (AtSegmindCall("upload", "lost"),),
    "the audio is at Segmind, the answer lost": (AtSegmindCall("upload", "done"),),
    "the audio gets there after the kill": (AtSegmindCall("upload", "late"),),
    "the upload is being answered": (AtSegmindCall("upload", "answered"),),
    "the audio is submitted, the answer lost": (ACCEPTED,),
    "during the upload of audio, then its submission": (AtSegmindCall("upload", "done"), ACCEPTED),
}
DELETED = "it was deleted"
DELETED_AT: dict[str, KillPoint] = {
    "that the audio was deleted is on its way to the card": AtSlackCall(
        UPDATE, "lost", says=DELETED
    ),
    "the card says that the audio was deleted": AtSlackCall(UPDATE, "done", says=DELETED),
    "that the audio was deleted is on its way": AtSlackCall(POST, "lost", says=DELETED),
    "that the audio was deleted is told, the answer lost": AtSlackCall(POST, "done", says=DELETED),
}
OWN_AUDIO = (
    *(
        Row(name, (at,), audio=True, audio_deleted=True) for name, at in DELETED_AT.items()
    ),
    *(Row(name, kills, audio=True) for name, kills in SENT_TO_STORAGE.items()),
    Row("the audio is uploaded", (AtSegmindCall("upload", "done"),), SIGTERM, audio=True),
    Row("the upload is answered, the queue lost", (AtSegmindCall("upload", "done"),), audio=True,
        loses_queue=True),
    Row("the upload of audio is cut", cuts=(SegmindCut("upload", after=True),) * 2, audio=True),
)  # fmt: skip
MATRIX: dict[str, tuple[Row, ...]] = {
    "killed while it submits": SUBMIT,
    "killed while it waits": POLL,
    "killed while it delivers": DELIVERY,
    "killed while it starts": STARTING,
    "stopped (SIGTERM)": STOPPED,
    "killed twice": TWICE,
    "killed, the job queue lost": QUEUE_LOST,
    "Slack refuses the files": REFUSED,
    "killed while it delivers again": AGAIN,
    "a connection is cut": CUTS,
    "killed while own audio is sent": OWN_AUDIO,
}
