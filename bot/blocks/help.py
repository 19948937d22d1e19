"""What `/avatar help` answers."""

HELP = """*Talking-avatar videos, made here.*
• `/avatar` opens a form: script, avatar, voice, captions, where to post.
• `/avatar Welcome to the team…` opens it with your script filled in.
• `/avatar help` shows this.

The bot puts one card into the channel and keeps it up to date. When the video is rendered, it \
comes into the card's thread with its captions, and you are told there.
There somebody else approves it or requests changes. All of you can leave notes by replying \
(`0:14 too fast`), make a new take, and share what is approved.
Rendering takes about two minutes and is charged by the second: the form shows the estimate \
before you send it. Scripts are stored by Segmind, who renders the video."""
