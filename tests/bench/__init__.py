"""What the bot costs, beside the least that the same work can cost on this machine, in one run.

`python -m tests.bench` runs all and prints one table; `python -m tests.bench ack relay` a choice.
Nothing is asserted: a goal that is missed stands in the table as MISSED. It needs Linux (/proc) and
curl; with openssl the relay is measured over TLS.

    ack             /avatar acknowledged; the limit is a bare aiohttp handler
    open_modal      /avatar → views.open sent; the limit is a bare aiohttp handler that calls it
    relay           a video from the CDN to Slack; the limit is `curl | curl`
    log             a request into the request log; the limit is sqlite3 itself
    start           from nothing to the first acknowledgement
    waiting         renders that wait; the limit is a bare loop that makes the same calls

    table, size     a row, its goal and its verdict; how much is measured
    processes       child processes, their CPU and memory
    bots            the bot and the bare handlers, started and warm
    bare            the bare handlers
    slack_stub      a Slack that costs next to nothing
    commands        signed commands, many at once
    relay_ends      the CDN and Slack's upload URL
    relay_worker    the bot's relay in a process of its own
    far_ends        a Slack and a Segmind where renders wait
    waiting_bare    the bare loop
"""
