"""The public files: videos, captions and uploads, and downloads that go wrong."""

import base64
import time
from pathlib import Path

import httpx
import pytest

from bot.demo.segmind import Answer, Cut, Delivery, Redirect, SegmindStandIn
from bot.domain.audio.kinds import Kind
from bot.domain.audio.length import seconds_of
from bot.video.sound import to_mp3
from tests.support.files.sounds import sound

HELLO = {"prompt": "Hello, team.", "resolution": "720p", "caption": True}
V1 = "/v1/heygen-avatar-v"
DAY = 24 * 3600


@pytest.fixture
async def video_url(http: httpx.AsyncClient) -> str:
    answer = await http.post(V1, json=HELLO)
    return str(answer.json()["video_url"])


async def test_files_are_public_and_have_type_and_length(segmind: SegmindStandIn) -> None:
    types = {"video_url": "video/mp4", "caption_url": "application/x-subrip"}
    async with httpx.AsyncClient() as anybody:
        headers = {"x-api-key": segmind.api_key}
        result = (await anybody.post(segmind.url + V1, json=HELLO, headers=headers)).json()
        for name, kind in types.items():
            file = await anybody.get(result[name])
            assert file.headers["content-type"] == kind
            assert int(file.headers["content-length"]) == len(file.content) > 0


async def test_a_webm_is_served_as_one(http: httpx.AsyncClient) -> None:
    result = (await http.post(V1, json={**HELLO, "output_format": "webm"})).json()
    assert result["video_url"].endswith(".webm")
    assert (await http.get(result["video_url"])).headers["content-type"] == "video/webm"


async def test_a_file_is_there_when_the_job_is_done_and_for_seven_days(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    job = (await http.post("/v2/heygen-avatar-v", json=HELLO)).json()
    url = f"/cdn/{job['request_id']}.mp4"
    assert (await http.get(url)).status_code == 404
    await http.get(job["status_url"])
    assert (await http.get(url)).status_code == 200
    assert (await http.get(url.replace("mp4", "webm"))).status_code == 404
    segmind.clock.advance(7 * DAY + 1)
    assert (await http.get(url)).status_code == 404


async def test_a_file_can_come_without_its_length(
    segmind: SegmindStandIn, http: httpx.AsyncClient, video_url: str
) -> None:
    whole = (await http.get(video_url)).content
    segmind.faults.add("cdn", Delivery(length=False))
    answer = await http.get(video_url)
    assert "content-length" not in answer.headers
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.content == whole


async def test_a_download_can_be_redirected_any_number_of_times(
    segmind: SegmindStandIn, http: httpx.AsyncClient, video_url: str
) -> None:
    segmind.faults.add("cdn", Redirect(), times=3)
    answer = await http.get(video_url, follow_redirects=True)
    assert answer.status_code == 200
    assert [hop.status_code for hop in answer.history] == [302, 302, 302]
    assert len({str(hop.url) for hop in answer.history}) == 3


async def test_a_download_can_be_redirected_anywhere(
    segmind: SegmindStandIn, http: httpx.AsyncClient, video_url: str
) -> None:
    segmind.faults.add("cdn", Redirect(to="http://169.254.169.254/latest/meta-data"))
    answer = await http.get(video_url)
    assert answer.headers["location"] == "http://169.254.169.254/latest/meta-data"


async def test_a_download_can_be_slow(
    segmind: SegmindStandIn, http: httpx.AsyncClient, video_url: str
) -> None:
    segmind.faults.add("cdn", Delivery(bytes_per_second=50_000, size=10_000))
    began = time.perf_counter()
    assert len((await http.get(video_url)).content) == 10_000
    assert time.perf_counter() - began >= 0.19


@pytest.mark.parametrize("length", [True, False])
async def test_a_download_can_break_off_midway(
    segmind: SegmindStandIn, http: httpx.AsyncClient, video_url: str, length: bool
) -> None:
    segmind.faults.add("cdn", Delivery(cut_after=1000, length=length))
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get(video_url)
    assert segmind.journal[-1].status is None


@pytest.mark.parametrize("length", [True, False])
async def test_a_file_can_be_far_too_large(
    segmind: SegmindStandIn, http: httpx.AsyncClient, video_url: str, length: bool
) -> None:
    segmind.faults.add("cdn", Delivery(size=5_000_000, length=length))
    answer = await http.get(video_url)
    assert len(answer.content) == 5_000_000
    assert ("content-length" in answer.headers) == length


async def test_a_download_can_fail_or_be_cut(
    segmind: SegmindStandIn, http: httpx.AsyncClient, video_url: str
) -> None:
    segmind.faults.add("cdn", Answer(404))
    segmind.faults.add("cdn", Cut())
    assert (await http.get(video_url)).status_code == 404
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get(video_url)
    assert (await http.get(video_url)).status_code == 200


async def test_an_upload_is_public_under_the_url_of_the_answer(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    sound = b"not really an mp3"
    data_url = "data:audio/mpeg;base64," + base64.b64encode(sound).decode()
    answer = await http.post("/upload-asset", json={"data_urls": [data_url, data_url]})
    first, second = answer.json()["file_urls"]
    assert first == second
    async with httpx.AsyncClient() as anybody:
        file = await anybody.get(first)
    assert (file.content, file.headers["content-type"]) == (sound, "audio/mpeg")
    assert (await http.get("/cdn/uploads/unknown.mp3")).status_code == 404


async def test_the_answer_names_its_list_in_either_of_the_documented_ways(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.names_uploads = "urls"
    answer = await http.post("/upload-asset", json={"data_urls": ["data:audio/basic;base64,AAAA"]})
    assert list(answer.json()) == ["urls", "message"]


@pytest.mark.parametrize("kind", ["wav", "x-wav", "mp4", "m4a", "x-m4a", "webm", "ogg", "flac"])
async def test_the_audio_types_that_the_sdk_does_not_list_are_refused(
    http: httpx.AsyncClient, kind: str
) -> None:
    answer = await http.post(
        "/upload-asset", json={"data_urls": [f"data:audio/{kind};base64,AAAA"]}
    )
    assert answer.status_code == 400


async def test_a_video_is_as_long_as_the_audio_that_was_uploaded(
    segmind: SegmindStandIn, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    mp3 = base64.b64encode(sound(tmp_path / "a.mp3", 7.1).read_bytes()).decode()
    data_url = f"data:audio/mpeg;base64,{mp3}"
    answer = await http.post("/upload-asset", json={"data_urls": [data_url]})
    [address] = answer.json()["file_urls"]
    body = {"audio_url": address, "caption": True}
    finished = (await http.post("/v1/heygen-avatar-v", json=body)).json()
    [job] = segmind.bill
    assert job.seconds == pytest.approx(7.1, abs=0.1)
    assert job.charged_usd == pytest.approx(7.1 * 0.0834, abs=0.01)
    (video := tmp_path / "a.mp4").write_bytes((await http.get(finished["video_url"])).content)
    with video.open("rb") as file, (tmp_path / "heard.mp3").open("w+b") as heard:
        peak = await to_mp3(file, Kind.M4A, heard)
        assert peak
        assert peak > -30  # the audio itself
        heard.seek(0)
        assert seconds_of(heard.read(), Kind.MP3) == pytest.approx(7.1, abs=0.3)
    last = (await http.get(finished["caption_url"])).text.strip().splitlines()[-2]
    assert last.endswith(f"00:00:0{job.seconds:.3f}".replace(".", ","))


async def test_an_upload_that_is_no_audio_is_refused_where_it_is_used(
    http: httpx.AsyncClient,
) -> None:
    body = {"data_urls": ["data:audio/mpeg;base64,AAAA"]}
    [address] = (await http.post("/upload-asset", json=body)).json()["file_urls"]
    answer = await http.post("/v2/heygen-avatar-v", json={"audio_url": address})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data_urls": "data:"},
        {"data_urls": [1]},
        {"data_urls": ["https://example.com/a.mp3"]},
        {"data_urls": ["data:text/html;base64,PGI+"]},
        {"data_urls": ["data:audio/mpeg;base64,%%%"]},
    ],
)
async def test_what_is_no_upload_is_refused(
    http: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await http.post("/upload-asset", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
