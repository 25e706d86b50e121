"""Who is let in, and what every answer carries."""

import asyncio
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from locality.server.app import lab as make_lab
from locality.server.guard import Door, is_loopback
from locality.views.page import WEB

OTHERS = "Another page asked for this. The lab answers its own page only."
ASKS = "The lab asks for its token. Open the address that `locality lab` printed, as it is."


@pytest.mark.parametrize("host", ["localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT", "LOCALHOST:PORT"])
def test_this_machine_s_own_names_are_let_in(lab, host):
    status, _, _ = lab.ask("GET", "/", headers={"Host": host.replace("PORT", str(lab.port))})
    assert status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example:PORT", "localhost", "127.0.0.1:1", "localhost:PORT.evil.example", "127.0.0.1.evil.example:PORT",
     "me@localhost:PORT", "10.0.0.7:PORT", "[::1:PORT", "localhost:", ["localhost:PORT", "localhost:PORT"]],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/api/networks", "/web/app.js", "/nowhere"])
def test_another_host_is_refused_everywhere(lab, host, path):
    hosts = [each.replace("PORT", str(lab.port)) for each in ([host] if isinstance(host, str) else host)]
    status, _, body = lab.ask("GET", path, headers={"Host": hosts})
    assert status in (400, 403)  # uvicorn itself refuses two hosts
    if status == 403:
        want = f'{{"error":"This is not the lab\'s address. Open http://127.0.0.1:{lab.port}/ instead."}}'
        assert body.decode() == want


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:PORT", "http://127.0.0.1:1", ""])
def test_another_page_s_origin_is_refused(lab, origin):
    origin = origin.replace("PORT", str(lab.port))
    assert lab.refused("/api/scene", {"net": "lenet5"}, Origin=origin) == (403, OTHERS)
    assert lab.refused("/api/networks", Origin=origin) == (403, OTHERS)


def test_the_own_page_s_origin_is_let_in(lab):
    status, _, _ = lab.ask("GET", "/api/train", headers={"Origin": f"http://127.0.0.1:{lab.port}"})
    assert status == 200


def test_what_another_site_fetches_is_refused_but_a_link_may_be_followed(lab):
    for site in ("cross-site", "same-site"):
        assert lab.refused("/api/networks", **{"Sec-Fetch-Site": site}) == (403, OTHERS)
        link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert lab.ask("GET", "/", headers=link)[0] == 200
        assert lab.refused("/", **{**link, "Sec-Fetch-Dest": "iframe"}) == (403, OTHERS)
        assert lab.refused("/api/networks", **link) == (403, OTHERS)
    assert lab.ask("GET", "/api/train", headers={"Sec-Fetch-Site": "same-origin"})[0] == 200


def test_every_answer_carries_the_headers_of_safety_refusals_too(lab):
    for method, path, host in [("GET", "/", None), ("GET", "/web/app.js", None), ("GET", "/nowhere", None),
                               ("POST", "/api/scene", None), ("PUT", "/", None), ("GET", "/", "evil")]:  # fmt: skip
        _, headers, _ = lab.ask(method, path, headers={"Host": host} if host else None)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Permissions-Policy"].startswith("camera=(self)")
        assert headers["Cache-Control"] in ("no-store", "no-cache")
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'; script-src 'self' 'sha256-")
        assert "'unsafe-eval'" not in policy
        assert "'unsafe-inline'" not in policy.split(";")[1]


def test_the_page_s_own_scripts_and_no_others_may_run(lab):
    _, headers, page = lab.ask("GET", "/")
    inside = [text for text in re.findall(rb"<script[^>]*>(.*?)</script>", page, re.DOTALL) if text.strip()]
    sums = [f"'sha256-{b64encode(sha256(text).digest()).decode()}'" for text in inside]
    assert len(sums) == 2  # the import map and the line that starts the page
    assert headers["Content-Security-Policy"].split("; ")[1] == f"script-src 'self' {' '.join(sums)}"
    assert b'<meta name="locality" content="lab">' in page


def test_every_module_of_the_page_is_served_as_it_is(lab):
    _, _, page = lab.ask("GET", "/")
    paths = re.findall(r'"(/web/[^"]+)"', page.decode())
    assert "/web/lab.js" in paths
    assert "/web/style.css" in paths
    for path in paths:
        status, headers, content = lab.ask("GET", path)
        assert (status, content) == (200, (WEB / path.removeprefix("/web/")).read_bytes())
        kind = "text/css" if path.endswith(".css") else "text/javascript"
        assert headers["Content-Type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    ["/web/../page.py", "/web/%2e%2e/page.py", "/web/..%2fpage.py", "/web//etc/passwd", "/web/%2Fetc%2Fpasswd",
     "/web/index.html", "/web/package.json", "/web/", "/web/rooms", "/web/app.js/", "/web/app.js%00", "/web/./app.js",
     "/web/....//page.py", "/web/C:%5Cwindows%5Cwin.ini", "/web/app.JS", "/web", "/../etc/passwd", "/runs/small"],
)  # fmt: skip
def test_no_path_from_outside_is_opened(lab, path):
    status, sentence = lab.refused(path)
    assert status == 404
    assert sentence.endswith(" Open / instead.")


def test_a_wrong_method_is_refused_in_a_sentence(lab):
    status, _, body = lab.ask("POST", "/", b"", {"Content-Type": "application/json"})
    assert (status, body) == (405, b'{"error":"POST is not for /. Use the other of GET and POST."}')


def ask(app, path, method="GET", **headers):
    """One question to the application itself: status and headers."""
    path, _, query = path.partition("?")
    found = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        found.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in {"host": "pc:80", **headers}.items()],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    content = b"".join(message.get("body", b"") for message in found[1:])
    return found[0]["status"], dict(found[0]["headers"]), content.decode()


def test_beyond_this_machine_only_the_token_opens_the_lab(tmp_path):
    app = make_lab(Door("pc", 80, "a-token"), tmp_path)
    for path in ("/", "/api/networks", "/web/app.js", "/?token=", "/?token=wrong", "/api/networks?token=a-token"):
        status, headers, body = ask(app, path)
        assert (status, body) == (403, f'{{"error":"{ASKS}"}}')
        assert b"set-cookie" not in headers
    status, headers, _ = ask(app, "/?token=a-token")
    assert status == 200
    assert headers[b"set-cookie"] == b"locality-80=a-token; Path=/; HttpOnly; SameSite=Strict"
    assert ask(app, "/api/train", cookie="other=1; locality-80=a-token")[0] == 200
    for cookie in ("locality-80=wrong", "locality-80=", "locality-81=a-token", "locality-80=\xe4", ";;=;"):
        assert ask(app, "/api/train", cookie=cookie)[0] == 403


def test_a_lab_that_listens_everywhere_knows_addresses_in_digits_but_no_strange_names():
    door = Door("0.0.0.0", 8765, "t")
    assert door.admits("192.168.1.7:8765")
    assert door.admits("[fe80::1]:8765")
    assert not door.admits("evil.example:8765")
    assert not Door("192.168.1.7", 8765, "t").admits("192.168.1.8:8765")
    assert Door("192.168.1.7", 8765, "t").admits("192.168.1.7:8765")
    assert Door("::1", 8765).address == "http://[::1]:8765/"
    assert Door("0.0.0.0", 1, "t").address == "http://127.0.0.1:1/?token=t"


def test_what_is_loopback():
    assert [is_loopback(each) for each in ("127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "192.168.1.7")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
