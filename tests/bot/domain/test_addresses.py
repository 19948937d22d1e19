"""Addresses that are given to Segmind: on the public internet, and without a name or password."""

import pytest

from bot.domain.addresses import is_kept_by_slack, is_public_https


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.mp3",
        "https://example.com./a.mp3",
        "https://EXAMPLE.com:8443/a%20b.mp3?signature=a%2Fb@c",
        "https://a_b.example.com/a.mp3",
        "https://bücher.example/a.mp3",
        "https://xn--bcher-kva.example/a.mp3",
        "https://internal.example.com/a.mp3",
        "https://my-local.example/a.mp3",
        "https://8.8.8.8/a.mp3",
        "https://[2606:4700:4700::1111]/a.mp3",
    ],
)
def test_a_public_address_is_accepted(url: str) -> None:
    assert is_public_https(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.mp3",
        "https://",
        "https:///a.mp3",
        "http://example.com/a.mp3",
        "ftp://example.com/a.mp3",
        "https://example.com/a b.mp3",
        "https://exam\nple.com/a.mp3",
        "https://example.com:port/a.mp3",
        "https://example.com:99999/a.mp3",
        "https://[bad/a.mp3",
        "https://a..example/a.mp3",
        # A user name or password.
        "https://ada@example.com/a.mp3",
        "https://ada:secret@example.com/a.mp3",
        "https://@example.com/a.mp3",
        "https://example.com\\@10.0.0.1/a.mp3",
        # NUL and other control characters.
        "https://example.com/a\0.mp3",
        "https://example.com/a%00.mp3",
        "https://example.com/a\x1b.mp3",
        # This machine and private networks.
        "https://127.0.0.1/a.mp3",
        "https://127.0.0.1./a.mp3",
        "https://127.1/a.mp3",
        "https://2130706433/a.mp3",
        "https://0x7f.1/a.mp3",
        "https://\uff11\uff12\uff17.0.0.1/a.mp3",
        "https://127\u30020\u30020\u30021/a.mp3",
        "https://%31%32%37.0.0.1/a.mp3",
        "https://10.0.0.1/a.mp3",
        "https://169.254.169.254/latest/meta-data",
        "https://168.63.129.16/a.mp3",
        "https://192.0.0.9/a.mp3",
        "https://[::1]/a.mp3",
        "https://[fd00::1]/a.mp3",
        "https://[fe80::1%25eth0]/a.mp3",
        "https://[::ffff:10.0.0.1]/a.mp3",
        "https://[64:ff9b::a00:1]/a.mp3",
        "https://localhost/a.mp3",
        "https://LOCALHOST./a.mp3",
        "https://app.localhost/a.mp3",
        "https://intranet/a.mp3",
        "https://metadata.google.internal/a.mp3",
        "https://printer.local./a.mp3",
        "https://wiki.corp/a.mp3",
        "https://nas.home.arpa/a.mp3",
    ],
)
def test_any_other_is_refused(url: str) -> None:
    assert not is_public_https(url)


PRIVATE = "https://files.slack.com/files-pri/T1-F1"
API = "https://slack.com/api/"


@pytest.mark.parametrize(
    "url",
    [
        f"{PRIVATE}/news.mp4",
        f"{PRIVATE}/download/..news...mp4",
        "https://files-origin.slack.com/files-pri/T1-F1/news.mp4",
        "https://files.slack-gov.com/files-tmb/T1-F1-abc/news_audio.mp4",
    ],
)
def test_where_slack_keeps_files(url: str) -> None:
    assert is_kept_by_slack(url, API)


@pytest.mark.parametrize(
    "url",
    [
        f"{API}auth.revoke",
        "https://acme.slack.com/api/chat.delete",
        "https://slack.com/files-pri/../api/auth.revoke",
        "https://files.slack.com/api/auth.revoke",
        f"{PRIVATE}/../../api/auth.revoke",
        f"{PRIVATE}/%2e%2E/%2e%2e/api/auth.revoke",
        f"{PRIVATE}//../../../api/auth.revoke",
        f"{PRIVATE}/..",
        "https://files.slack.com.example.com/files-pri/T1-F1/a.mp4",
        "https://files.slack.com@example.com/files-pri/T1-F1/a.mp4",
        "https://status.slack.com/files-pri/T1-F1/a.mp4",
    ],
)
def test_what_slack_does_not_keep_there(url: str) -> None:
    assert not is_kept_by_slack(url, API)


def test_a_stand_in_of_slack_keeps_files_where_it_wants() -> None:
    url = "http://127.0.0.1:8100/files/F1"
    assert is_kept_by_slack(url, "http://127.0.0.1:8100/api/")
    assert not is_kept_by_slack(url, API)
