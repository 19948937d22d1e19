"""The answer to `/avatar help`."""

HELP = """*Make talking-avatar videos right here in Slack.*
• `/avatar` opens a form: script, avatar, voice, captions, and where to post.
• `/avatar Welcome to the team…` opens it with your script filled in.
• `/avatar help` shows this message.

I post a card in the channel and keep it up to date. When the video is ready, I post it in the \
card's thread with its captions and mention you.
A colleague then approves it or requests changes. Anyone can reply with feedback \
(`0:14 too fast`), make a new take, or share an approved one.
A video takes about two minutes and is charged by the second: the form shows the price before you \
send it. Segmind, which renders the video, stores scripts and settings."""
