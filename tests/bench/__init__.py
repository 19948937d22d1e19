"""What the bot costs, compared with the least that the same work can cost on this machine.

`python -m tests.bench` runs all benchmarks and prints one table; `python -m tests.bench ack relay`
runs some. Bot and baseline are measured in the same run. Nothing fails: a missed goal is shown as
MISSED. It needs Linux (/proc) and curl; with openssl the relay is measured over TLS.

    slack/acknowledge    /avatar acknowledged, compared with a bare aiohttp handler
    slack/open_modal     /avatar → views.open sent, compared with a bare handler that calls it
    slack/typing_in_form people who type: how soon the price follows
    relay/measure        a video from the CDN to Slack, compared with curl and sha256sum
    log/request_log      a request written to the log, compared with sqlite3 alone
    startup              from process start to the first acknowledgement
    log/growth           a start, `log`, form, card and Home with 100,000 videos, compared with few
    waiting/notice       a finished render noticed, compared with evenly spaced polls
    waiting/renders      many renders in progress, compared with a loop that makes the same calls
    waiting/deliveries   many videos delivered at once, compared with the same loop

Shared: `workload` (how much is measured), `results` (rows and goals), `processes` (their CPU and
memory), `servers` (bot and baseline, started), `slack_requests` (signed requests),
`fake_server` and `fake_slack`.
"""
