"""Whether what is behind a link can be the audio of a video, without fetching it."""

from bot.downloads.result_files import ResultFiles
from bot.errors import AddressExpired, FileError, NotPossible, UnsafeUrl

FIELD = "audio_url"
# Nobody says what Segmind takes. An hour of mp3 in a good quality has less.
MOST_MB = 100
PAGE = "That link leads to a page, not to an audio file. Use the link that downloads the file."
TOO_LARGE = f"The file behind that link is larger than {MOST_MB} MB. Use a shorter one, or an mp3."
PRIVATE = (
    "Nobody can open that link without signing in, or the file is gone. Make it public, or upload "
    "the file."
)


async def check_audio_link(files: ResultFiles, url: str) -> None:
    """Raises NotPossible for a page, a private or a large file. What else a server does, it may do
    differently for Segmind."""
    try:
        head = await files.head(url)
    except AddressExpired:
        raise NotPossible(PRIVATE, FIELD) from None
    except UnsafeUrl as error:
        raise NotPossible(f"That link can't be used: {error.why}.", FIELD) from None
    except FileError:
        return
    if head.content_type in ("text/html", "application/xhtml+xml"):
        raise NotPossible(PAGE, FIELD)
    if (head.length or 0) > MOST_MB * 1024 * 1024:
        raise NotPossible(TOO_LARGE, FIELD)
