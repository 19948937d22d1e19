"""Which addresses go through the proxy, as the usual variables say."""

import pytest

from bot.settings.network import way_out

PROXY = "http://proxy.corp:3128"


@pytest.mark.parametrize(
    ("no_proxy", "direct", "proxied"),
    [
        ("", "localhost 127.0.0.9 [::1] a.localhost localhost. [::ffff:127.0.0.1]", "slack.com"),
        ("slack.com", "slack.com SLACK.com wss.slack.com slack.com.", "notslack.com slack.com.eu"),
        (".slack.com", "slack.com wss.slack.com", "notslack.com"),
        ("*.slack.com", "wss.slack.com", "notslack.com"),
        ("slack.com:8443", "slack.com:8443", "slack.com slack.com:443"),
        ("slack.com:443", "slack.com", "slack.com:8443"),
        ("10.0.0.0/8, 192.168.1.1", "10.9.8.7 192.168.1.1", "11.0.0.1 192.168.1.10 ten.com"),
        ("fd00::/8 [fe80::1]", "[fd00::5] [fe80::1]", "[fe80::2]"),
        ("[fe80::1]:8443", "[fe80::1]:8443", "[fe80::1]"),
        (
            "10.* 192.168. 172.16.*.*",
            "10.9.8.7 192.168.1.1 172.16.0.9",
            "11.0.0.1 172.17.0.1 10.com",
        ),
        ("müller.example", "api.xn--mller-kva.example", "m.example"),
        ("*", "slack.com 11.0.0.1", ""),
        (" a.com,,b.com\tc.com ", "a.com b.com c.com", "d.com"),
    ],
)
def test_no_proxy(no_proxy: str, direct: str, proxied: str) -> None:
    found, wrong = way_out({"HTTPS_PROXY": PROXY, "no_proxy": no_proxy.strip()})
    assert wrong == []
    for scheme in ("https", "wss"):
        assert {found.proxy_for(f"{scheme}://{host}/a") for host in direct.split()} <= {None}
        assert {found.proxy_for(f"{scheme}://{host}/a") for host in proxied.split()} <= {PROXY}
    assert found.proxy_for("http://slack.com/") is None


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ({"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:2"}, "http://p:1"),
        ({"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ({"all_proxy": "socks5://q:2", "HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, ""),
        ({"HTTPS_PROXY": "p.corp:3128"}, "http://p.corp:3128"),
        ({"HTTPS_PROXY": "HTTP://P.corp/"}, "http://p.corp:80"),
        ({"HTTPS_PROXY": "https://me:a%40b@p"}, "https://me:a%40b@p:443"),
        ({"HTTPS_PROXY": "http://[fd00::1]:3128"}, "http://[fd00::1]:3128"),
    ],
)
def test_which_proxy(variables: dict[str, str], proxy: str) -> None:
    found, wrong = way_out(variables)
    assert wrong == []
    assert found.proxy == proxy
    assert "a%40b" not in repr(found)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"])
@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("socks5://127.0.0.1:1080", "is a SOCKS proxy"),
        ("socks://me:hush@127.0.0.1:7890/", "is a SOCKS proxy"),
        ("ftp://p:21", "must be the address of an HTTP proxy"),
        ("fd00::/8", "isn't the address"),
        ("[::1]", "has no port"),
        ("::1", "isn't the address"),
        ("http://", "has no host"),
        ("http://:3128", "has no host"),
        ("http://p:99999", "isn't the address"),
        ("http://p:0", "isn't the address"),
        ("http://p:port", "isn't the address"),
        ("http://me:hush#1@p:3128", "like %23 for #"),
        ("http://me:hu/sh@p:3128", "like %23 for #"),
        ("http://p p:3128", "isn't the address"),
        ("http://p:3128 ", "has spaces around it"),
    ],
)
def test_a_proxy_that_cannot_work_is_refused(name: str, value: str, part: str) -> None:
    _, wrong = way_out({name: value})
    (problem,) = wrong
    assert problem.sentence.startswith(f"{name} ")
    assert part in problem.sentence
    assert "hu" not in problem.problem
    assert "\n" not in problem.sentence


@pytest.mark.parametrize(
    "entry",
    [
        *("http://slack.com", "slack.com:port", "10.0.0.0/99", "a:1:2"),
        *("192.168.1", "10.0.0.1-10.0.0.9", "api.*.com", "<local>"),
    ],
)
def test_an_entry_of_no_proxy_that_means_nothing_is_refused(entry: str) -> None:
    _, wrong = way_out({"NO_PROXY": f"localhost,{entry}"})
    assert [problem.setting for problem in wrong] == ["NO_PROXY"]
    assert "number 2" in wrong[0].problem


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("value", ["/nowhere/ca.pem", __file__])
def test_a_store_of_certificates_that_cannot_be_read_is_refused(name: str, value: str) -> None:
    _, wrong = way_out({name: value})
    assert [problem.setting for problem in wrong] == [name]
