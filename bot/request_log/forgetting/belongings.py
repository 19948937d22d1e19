"""What the log has of a person who is to be erased."""

from dataclasses import dataclass

from bot.domain.takes import Take


@dataclass(frozen=True, slots=True)
class Belongings:
    """What the log has of a person.

    `colleagues`: how many takes others have made in their requests, maybe with the same script.
    `cards`: (team ID, channel ID, ts) of the requests with their takes. `copies`: files that the
    bot has shared elsewhere, or made of theirs. `likeness`: the IDs and the footage, at Segmind, of
    Digital Twins that show them. `mentions`: rows with the ID.
    """

    takes: list[Take]
    reviews: int
    notes: int
    events: int
    colleagues: int
    cards: list[tuple[str, str, str]]
    copies: list[str]
    likeness: list[str]
    mentions: int

    @property
    def file_ids(self) -> list[str]:
        own = (id for take in self.takes for id in (take.video_file_id, take.captions_file_id))
        return [*filter(None, own), *self.copies]

    @property
    def request_ids(self) -> list[str]:
        return [take.segmind_request_id for take in self.takes if take.segmind_request_id]

    def __bool__(self) -> bool:
        return bool(self.takes or self.mentions)
