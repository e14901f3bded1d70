"""Retries, limits, pages and reasons of the one connection module."""

import datetime as dt
import email.utils

import anyio
import fake_tenant as fake
import httpx2
import pytest

from faultbook.sources.live.connection import TRIES, retry_after
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.limits import Bucket, Limit
from faultbook.sources.live.secrets import Secrets

NOW = fake.ONSET + dt.timedelta(hours=4)


def scripted(*answers):
    """Answers one after another; an exception is raised."""
    left = list(answers)
    seen = []

    def handle(request):
        seen.append(request)
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        status, headers, body = one
        return httpx2.Response(status, headers=headers, json=body)

    transport = httpx2.MockTransport(handle)
    transport.seen = seen
    return transport


OK = (200, {}, {"value": []})


def get(connection, path="/domains", **more):
    return anyio.run(lambda: connection.get(path, **more))


def test_retry_after_in_seconds_and_as_a_date(connection, ticking):
    """Both forms of the header are waited for, to the second."""
    date = email.utils.format_datetime(NOW + dt.timedelta(seconds=31), usegmt=True)
    transport = scripted((429, {"retry-after": "17"}, {}), (503, {"retry-after": date}, {}), OK)
    assert get(connection(transport)).status == 200
    assert ticking.slept == [17.0, 31.0]


@pytest.mark.parametrize("header", ["", "soon", "-", "1e9", "nan"])
def test_a_useless_retry_after_means_none(header):
    """Then the wait doubles by itself."""
    assert retry_after(header, NOW) is None or retry_after(header, NOW) != retry_after(header, NOW)


def test_without_the_header_the_wait_doubles_and_ends(connection, ticking):
    """A service that stays busy is asked a bounded number of times."""
    transport = scripted((429, {}, fake.error("TooManyRequests")))
    with pytest.raises(Failure) as caught:
        get(connection(transport))
    assert caught.value.why == "throttled"
    assert len(transport.seen) == TRIES
    assert ticking.slept == [0.5, 1.0, 2.0, 4.0]


def test_a_wait_that_ends_after_the_deadline_is_not_begun(connection, ticking):
    """The deadline is everybody's: nobody sleeps past it."""
    with pytest.raises(Failure) as caught:
        get(connection(scripted((429, {"retry-after": "60"}, {})), seconds=30))
    assert caught.value.why == "throttled"
    assert ticking.slept == []


def test_a_change_is_sent_again_only_where_nothing_was_done(connection, ticking):
    """After a 500 or a lost connection nobody knows whether a refresh was started."""
    for answer in ((500, {}, {}), httpx2.ReadError("gone")):
        transport = scripted(answer)
        with pytest.raises(Failure):
            anyio.run(lambda transport=transport: connection(transport).send("POST", "/x", {}))
        assert len(transport.seen) == 1
    transport = scripted((429, {"retry-after": "1"}, {}), (202, {}, {}))
    assert anyio.run(lambda: connection(transport).send("POST", "/x", {})).status == 202


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/v1.0/domains?$skiptoken=1",
        "http://graph.test/v1.0/domains",
        "https://graph.test:8443/v1.0/x",
        "//evil.test/",
    ],
)
def test_a_next_link_to_another_host_is_not_followed(connection, link):
    """The token would go with it."""
    transport = scripted((200, {}, {"value": [1], "@odata.nextLink": link}), OK)

    async def read():
        return [page async for page in connection(transport).pages("/domains")]

    with pytest.raises(Failure) as caught:
        anyio.run(read)
    assert caught.value.why == "unexpected-shape"
    assert len(transport.seen) == 1


def test_pages_that_run_in_a_circle_end(connection):
    """A link that was seen before is not followed for ever."""
    transport = scripted((200, {}, {"value": [1], "@odata.nextLink": "https://graph.test/v1.0/domains?$skiptoken=1"}))

    async def read():
        return [page async for page in connection(transport).pages("/domains")]

    with pytest.raises(Failure, match="circle"):
        anyio.run(read)
    assert len(transport.seen) == 2


@pytest.mark.parametrize("body", [[], "text", {"value": None}, {"values": []}, {"value": {}}])
def test_a_list_of_another_shape_is_said(connection, body):
    """No guess is made of it."""

    async def read():
        return [page async for page in connection(scripted((200, {}, body))).pages("/domains")]

    with pytest.raises(Failure) as caught:
        anyio.run(read)
    assert caught.value.why == "unexpected-shape"


def test_request_ids_are_kept_and_the_token_is_hidden(connection):
    """Support asks for the ids; nobody asks for the token."""
    transport = scripted(
        (403, {"request-id": "abc-1"}, fake.error("Authorization_RequestDenied", f"no right for {fake.TOKEN}"))
    )
    with pytest.raises(Failure) as caught:
        get(connection(transport))
    assert caught.value.ids == ("request-id: abc-1",)
    assert fake.TOKEN not in caught.value.sentence
    assert "[removed]" in caught.value.sentence


def test_redirects_are_not_followed_with_a_token(connection):
    """Graph does not redirect; whoever does is not Graph."""
    transport = scripted((302, {"location": "https://evil.test/"}, {}), OK)
    with pytest.raises(Failure):
        get(connection(transport))
    assert len(transport.seen) == 1


def test_a_bucket_lets_through_what_is_published(ticking):
    """Five in ten seconds: the sixth waits two seconds, and so does each after it."""

    async def take():
        bucket = Bucket(Limit(5, 10), ticking.clock, ticking.sleep)
        for _ in range(8):
            await bucket.take()

    anyio.run(take)
    assert ticking.slept == [2.0, 2.0, 2.0]


def test_a_secret_comes_from_a_variable_or_from_a_file(tmp_path):
    """``NAME_FILE`` names the file, as container secrets are given; what was read is hidden from then on."""
    (tmp_path / "s").write_text("from-a-file\n")
    secrets = Secrets({"A": "direct", "B_FILE": str(tmp_path / "s"), "C_FILE": str(tmp_path / "none")})
    assert secrets.read("A") == "direct"
    assert secrets.read("X", "B") == "from-a-file"
    assert secrets.hide("said from-a-file and direct") == "said [removed] and [removed]"
    assert secrets.read("X") is None
    with pytest.raises(Exception, match="cannot be read"):
        secrets.read("C")
