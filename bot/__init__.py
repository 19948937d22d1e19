"""What the handlers react with: the parts. Importing this does nothing.

The map, from the domain outwards:

    takes          a request, its takes, their states and moves; pure
    errors         the tree of errors, each with the sentence a person is shown
    settings       one frozen Settings.from_env(), the only reader of the environment
    catalog        the avatars and voices that are known, and the search in them
    blocks/        pure data -> Block Kit, and back
    segmind/       the render API
    result_files   a finished file, fetched safely; safe_addresses: from where it may come
    slack/         messages, streamed uploads, Slack's errors as ours
    request_log/   what was asked, made, charged, delivered: SQLite, or Postgres
    jobs           the durable job engine; jobs_database: under it; one_process: whose file it is
    hosts          more than one process on a Postgres; postgres: the connections to it
    app            the composition root: builds the parts, wires the handlers
    stopping       SIGTERM and Ctrl-C, and how long a stop may take
    cli            python -m bot run | work | check | log | demo
    demo/          stand-ins for Slack and Segmind, on the wire
"""
