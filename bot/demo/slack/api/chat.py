"""chat.*: where the bot may post, what a message needs, and what an update keeps.

Errors: https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.blocks.validation import problems_of_message
from bot.demo.slack.installation import Installation, ResponseUrl, SlackError
from bot.demo.slack.workspace.conversations import Channel, Message

Json = dict[str, Any]
LONGEST_TEXT = 40_000
LONGEST_BLOCKS = 13_200  # as others have measured: https://github.com/slackapi/bolt-js/issues/2867


def postable_channel(
    installation: Installation, given: object, *, with_files: bool = False, by_id: bool = False
) -> Channel:
    """The conversation, if the bot may post there. A user id stands for the direct message with
    them. Files need a conversation id, and membership even in public channels. `by_id`: so do
    messages that only one person sees."""
    wanted = str(given or "")
    user = installation.workspace.users.get(wanted)
    if user and not (with_files or by_id):
        return installation.workspace.direct(user.id, installation.bot.id)
    channel = visible_channel(installation, wanted)
    if channel.archived:
        raise SlackError("is_archived")
    public_ok = "chat:write.public" in installation.manifest.scopes and not with_files
    if not channel.has(installation.bot.id) and not public_ok:
        raise SlackError("not_in_channel")
    if channel.restricted:
        raise SlackError("restricted_action")
    return channel


def visible_channel(installation: Installation, channel_id: object) -> Channel:
    """A conversation that the bot can see: a public one, or one that it is a member of."""
    channel = installation.workspace.channels.get(str(channel_id or ""))
    if channel is None or (channel.kind != "public" and not channel.has(installation.bot.id)):
        raise SlackError("channel_not_found")
    return channel


def check_content(args: Json) -> None:
    text, blocks = args.get("text"), args.get("blocks")
    if blocks and (problems := problems_of_message(blocks)):
        raise SlackError.with_messages("invalid_blocks", problems)
    if length_of_texts(blocks) > LONGEST_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text or "") > LONGEST_TEXT:
        raise SlackError("msg_too_long")


def length_of_texts(part: Any) -> int:
    """In characters, of everything that people read in blocks."""
    if isinstance(part, list):
        return sum(map(length_of_texts, part))
    if not isinstance(part, dict):
        return 0
    own = part.get("text")
    inner = sum(map(length_of_texts, part.values()))
    return inner + (len(own) if isinstance(own, str) else 0)


def thread_root(channel: Channel, thread_ts: object) -> str | None:
    """The ts of the parent message. Raises SlackError for a reply to a reply."""
    if not thread_ts:
        return None
    parent = channel.message(str(thread_ts))
    if parent is None:
        raise SlackError("thread_not_found")
    if parent.thread_ts not in (None, parent.ts):
        raise SlackError("cannot_reply_to_message")
    return parent.ts


def new_message(installation: Installation, channel: Channel, args: Json, **more: Any) -> Message:
    """A message by the bot that is not in its channel yet."""
    return Message(
        channel,
        installation.workspace.new_ts(),
        installation.bot.id,
        str(args.get("text") or ""),
        installation.views.fill_in_ids(args.get("blocks") or []),
        thread_root(channel, args.get("thread_ts")),
        metadata=args.get("metadata"),
        **more,
    )


def rewrite(installation: Installation, message: Message, args: Json) -> None:
    """Text alone removes the blocks; without text and blocks, they stay:
    https://docs.slack.dev/reference/methods/chat.update"""
    message.edits.append(message.text())
    if args.get("blocks") is not None:
        message.blocks = installation.views.fill_in_ids(args["blocks"])
        message.fallback = str(args.get("text") or "")
    elif args.get("text"):
        message.blocks, message.fallback = [], str(args["text"])
    if args.get("metadata") is not None:
        message.metadata = args["metadata"]
    installation.workspace.announce("message_changed", message)


def post_message(installation: Installation, args: Json) -> Json:
    channel = postable_channel(installation, args.get("channel"))
    check_content(args)
    broadcast = str(args.get("reply_broadcast")).lower() in ("true", "1")
    message = channel.add(new_message(installation, channel, args, broadcast=broadcast))
    shape = serializers.message(installation, message)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def post_ephemeral(installation: Installation, args: Json) -> Json:
    channel = postable_channel(installation, args.get("channel"), by_id=True)
    check_content(args)
    if not channel.has(str(args.get("user"))):
        raise SlackError("user_not_in_channel")
    message = channel.add(new_message(installation, channel, args, only_for=args["user"]))
    return {"message_ts": message.ts}


def _own_message(installation: Installation, args: Json, refusal: str) -> Message:
    message = visible_channel(installation, args.get("channel")).message(str(args.get("ts")))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    if message.user != installation.bot.id:
        raise SlackError(refusal)
    return message


def update(installation: Installation, args: Json) -> Json:
    message = _own_message(installation, args, "cant_update_message")
    if args.get("text") or args.get("blocks") != []:
        check_content(args)
    if message.channel.archived:
        raise SlackError("is_archived")
    rewrite(installation, message, args)
    shape = serializers.message(installation, message)
    return {
        "channel": message.channel.id,
        "ts": message.ts,
        "text": message.fallback,
        "message": shape,
    }


def delete(installation: Installation, args: Json) -> Json:
    message = _own_message(installation, args, "cant_delete_message")
    message.channel.remove(message)
    return {"channel": message.channel.id, "ts": message.ts}


def get_permalink(installation: Installation, args: Json) -> Json:
    channel = visible_channel(installation, args.get("channel"))
    message = channel.message(str(args.get("message_ts")))
    if message is None:
        raise SlackError("message_not_found")
    digits = message.ts.replace(".", "")
    link = f"https://{installation.team_domain}.slack.com/archives/{channel.id}/p{digits}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def respond(installation: Installation, url: ResponseUrl, args: Json) -> Json:
    """A call of a response_url: answers, or replaces or deletes the message that it belongs to."""
    if args.get("delete_original") and url.message:
        url.message.channel.remove(url.message)
        return {}
    check_content(args)
    if args.get("replace_original") and url.message:
        rewrite(installation, url.message, args)
        return {}
    hidden = args.get("response_type", "ephemeral") == "ephemeral"
    message = new_message(installation, url.channel, args, only_for=url.user if hidden else None)
    url.channel.add(message)
    return {}
