"""The part of the form for a person's own audio: a file that was uploaded, or a field for one.

Slack sends no event for a `file_input`, and refuses one with `dispatch_action`: the bot learns of a
file when the form is sent. https://docs.slack.dev/reference/block-kit/blocks/input-block
"""

from bot.blocks.fields import checkbox_field, input_block, text_field
from bot.blocks.text import Block, bold, button, plain, section
from bot.domain.audio.kinds import accepted, accepted_endings
from bot.domain.audio.own_audio import MOST_BYTES, OwnAudio
from bot.domain.form_values import FormValues
from bot.domain.parameters import URL_LIMIT
from bot.domain.text import clock

UPLOAD_AUDIO = "upload_audio"  # the box that shows the field
AUDIO_FILE = "audio_file"
REMOVE_AUDIO = "remove_audio"
# Slack tells of a file no sooner.
PRICE = (
    "The first time you send the form, I read the file and show its price. Nothing is made before "
    "you send it again."
)
KEPT = "Segmind keeps the file, and offers no way to delete it."


def build(values: FormValues, *, converts: bool) -> list[Block]:
    """`converts`: ffmpeg is there, so that the file can be of any kind."""
    if values.audio:
        return [_chosen(values.audio)]
    types = accepted_endings(converts=converts)  # a file is checked by its bytes anyway
    what = "Up to" if converts else f"{accepted(converts=False).capitalize()} of up to"
    file = input_block(
        AUDIO_FILE, "Audio file",
        {"type": "file_input", "filetypes": types, "max_files": 1},
        optional=True,
        hint=plain(f"{what} {MOST_BYTES // 1024**2} MB. {PRICE} {KEPT}"),
    )  # fmt: skip
    box = checkbox_field(
        UPLOAD_AUDIO, "Own audio", "Upload an audio file instead of a script", values.upload_audio
    )
    link = text_field(
        "audio_url", "Audio URL instead of a script", values.parameters.audio_url,
        limit=URL_LIMIT, placeholder="https://… (a public MP3 or WAV file)",
    )  # fmt: skip
    return [link, box, *([file] if values.upload_audio else [])]


def _chosen(audio: OwnAudio) -> Block:
    text = f":speaker: {bold(audio.name)} · {clock(round(audio.seconds))}\n{KEPT}"
    remove = button("Remove", REMOVE_AUDIO, "")
    return section(text, block_id="own_audio", accessory=remove)
