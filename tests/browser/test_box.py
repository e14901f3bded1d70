"""The box: a code, words, or a pasted error, answered in the browser."""

import re

import pytest

from faultbook.app import Faultbook
from faultbook.recognise.printed import printed

PASTED = """{"error":"invalid_grant","error_description":"AADSTS50126: Error validating credentials due to invalid username or password.\\r\\nTrace ID: 11111111-2222-4333-8444-555555555555\\r\\nCorrelation ID: 66666666-7777-4888-9999-000000000000\\r\\nTimestamp: 2026-03-02 08:14:09Z"}"""


@pytest.fixture(scope="module")
def book():
    return Faultbook()


def ask(page, text):
    page.fill("#ask", text)
    page.click(".ask button")


def scanned(page, texts):
    """What the browser's recogniser says of each text."""
    return page.evaluate(
        """async (texts) => {
             const site = await (await fetch(document.querySelector('script[src*="/static/site."]').src)).text();
             const { scan } = await import(new URL(/answer\\.[0-9a-f]+\\.js/.exec(site)[0], document.querySelector('script[src*="/static/site."]').src));
             return Promise.all(texts.map(scan));
           }""",
        texts,
    )


def said(found):
    """A recognition of the service in the browser's shape: by likeness, which takes the whole text index, the browser guesses nothing."""
    primary = found.primary
    return {
        "primary": primary and primary.code,
        "chain": primary and list(primary.chain),
        "codes": list(found.codes),
        "mentions": list(found.mentions),
        "candidates": list(found.candidates) if found.guessed_by != "likeness" else [],
        "correlation_id": found.correlation_id,
        "trace_id": found.trace_id,
        "timestamp": found.timestamp,
    }


def compare(page, book, texts):
    """Every member of every answer, for texts by name; what differs is listed."""
    different = {}
    for (name, text), found in zip(texts.items(), scanned(page, list(texts.values())), strict=True):
        primary = found["primary"]
        here = {**found, "primary": primary and primary["code"], "chain": primary and primary["chain"]}
        there = said(book.recogniser.scan(text))
        if here != there:
            different[name] = {key: (here[key], there[key]) for key in there if here[key] != there[key]}
    return different


def test_the_browser_reads_every_sample_as_the_service_does(open_page, book):
    """Codes, chain, mentions, guesses, ids and time of each sample and each not-sample of the book. There are no exceptions."""
    texts = {}
    for entry in book.book.entries():
        texts |= {f"{entry.code} sample {at}": one.text for at, one in enumerate(entry.samples)}
        texts |= {f"{entry.code} not {at}": one.text for at, one in enumerate(entry.not_samples)}
    assert len(texts) > 200
    page = open_page("/search")
    assert compare(page, book, texts) == {}


def test_a_code_that_another_entry_answers_is_explained_by_it(open_page):
    """A sub-condition of Spark in a text, and by itself."""
    page = open_page("/search")
    ask(page, "[UNSUPPORTED_FEATURE.AES_MODE] AES-x with the padding by the aes_encrypt function.\nSQLSTATE: 0A000")
    page.wait_for_selector(".answer .summary")
    assert page.inner_text(".answer h2") == "UNSUPPORTED_FEATURE.AES_MODE"
    assert "Spark understands the request" in page.inner_text(".answer .summary")
    ask(page, "UNSUPPORTED_FEATURE.AES_MODE")
    page.wait_for_url(re.compile(r"/e/UNSUPPORTED_FEATURE/?(?:\.html)?$"))


def test_words_that_mean_something_to_a_script(open_page, book):
    """*constructor* is a word of messages, and a member of every object."""
    texts = {
        "no code": "constructor __proto__ toString valueOf hasOwnProperty: the constructor couldn't be called",
        "envelope": '{"errorCode": "2010", "message": "__proto__ constructor isn\'t", "failureType": "UserError", "target": "x"}',
        "table": "ResultType,constructor,__proto__\n50126,a,b\n",
        "many": "\n".join(["constructor"] * 2000),
    }
    page = open_page("/search")
    assert compare(page, book, texts) == {}


def test_a_number_of_windows_and_names_that_are_words_are_read_as_the_service_reads_them(open_page, book):
    """Only beside the words of writeback is a refusal of Windows itself an error of ours."""
    texts = {
        "windows": "The update failed with 0x80070005: Access is denied. hr=80070005",
        "writeback": "PasswordResetService: Access is denied. hr=80070005",
        "name": "x:FtpFailedToReadFtpData: The file cannot be read.",
        "longer name": "FtpFailedToReadFtpDataAgain: The file cannot be read.",
        "part": "UNSUPPORTED_FEATURE.TIME_TRAVEL: It is not there.",
    }
    page = open_page("/search")
    assert compare(page, book, texts) == {}


def test_what_only_the_text_index_guesses_the_page_leaves_to_the_command_line(open_page, book):
    """And says so, instead of saying that nothing is known."""
    said = [
        "Il campo 'importo' del record non è stato trovato.",
        "レコードのフィールド「金額」が見つかりませんでした。",
    ]
    texts = [f"Expression.Error: {one}\n\n{'-' * 120}" for one in said]
    text = next(one for one in texts if book.recogniser.scan(one).guessed_by == "likeness")
    page = open_page("/search")
    assert scanned(page, [text])[0]["candidates"] == []
    ask(page, text)
    page.wait_for_selector(".answer h2")
    assert "the command line guesses more" in page.inner_text(".answer")


def test_the_browser_reads_every_published_code_as_the_service_does(open_page, book):
    """Each as a program prints it."""
    texts = {one.code: text for one in book.book.known() if (text := printed(one))}
    assert len(texts) > 5000
    page = open_page("/search")
    assert compare(page, book, texts) == {}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("AADSTS120021", "AADSTS120021"),
        ("aadsts 120021", "AADSTS120021"),
        ("120021", "AADSTS120021"),
        ("SSPR_29", "SSPR_0029"),
        ("80230619", "0x80230619"),
        ("ADF:2108", "ADF:2108"),
        ("PartnerServiceSsprInternalServiceError", "AADSTS120021"),
    ],
)
def test_a_code_goes_to_its_page(open_page, typed, code):
    """However it is spelt."""
    page = open_page("/")
    ask(page, typed)
    page.wait_for_url("**/e/**")
    assert page.inner_text("h1") == code


def test_enter_is_enough(open_page):
    """And a line break is still possible with Shift."""
    page = open_page("/")
    page.focus("#ask")
    page.keyboard.type("120021")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('AADSTS120021')")


def test_words_find_entries(open_page):
    """The most telling first; a mistyped word too."""
    page = open_page("/")
    ask(page, "password writeback off")
    page.wait_for_selector(".answer .codes")
    assert "SSPR_0010" in page.inner_text(".answer .codes li >> nth=0")
    ask(page, "gatway unreachable")
    page.wait_for_selector("text=DM_GWPipeline_Client_GatewayUnreachable")


def test_the_line_at_the_top_searches_too(open_page):
    """From any page."""
    page = open_page("/about")
    page.fill("#find", "temporary access")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1")
    assert page.query_selector(".codes, .answer")


def test_nothing_found_says_so(open_page):
    """With what to do next."""
    page = open_page("/")
    ask(page, "zzqqxx yyqqzz")
    page.wait_for_selector(".answer h2")
    assert "Nothing in the book speaks of that" in page.inner_text(".answer")
    assert page.query_selector(".answer a[href='/browse']")


def test_a_pasted_error_is_read_here(open_page, origin):
    """Ids, time, first lines and the way on; and of the text nothing leaves the browser."""
    page = open_page("/")
    sent = []
    page.on("request", lambda asked: sent.append((asked.method, asked.url, asked.post_data)))
    ask(page, PASTED)
    page.wait_for_selector(".answer .ids")
    answer = page.inner_text(".answer")
    for part in (
        "AADSTS50126",
        "66666666-7777-4888-9999-000000000000",
        "11111111-2222-4333-8444-555555555555",
        "2026-03-02 08:14:09Z",
        "Do first",
        "Nothing of the text was sent anywhere",
    ):
        assert part in answer
    assert all(
        method == "GET" and body is None and "6666" not in url and "50126" not in url for method, url, body in sent
    )
    page.click("text=Read the page of AADSTS50126")
    page.wait_for_selector("h1:has-text('AADSTS50126')")


def test_a_chain_is_shown_from_the_outside_in(open_page):
    """With the primary marked."""
    page = open_page("/")
    ask(
        page,
        "DM_GWPipeline_Gateway_MashupDataAccessError: x\nUnderlying error: AADSTS50126: Error validating credentials.",
    )
    page.wait_for_selector(".answer .chain")
    assert [one.split()[0] for one in page.inner_text(".answer .chain").splitlines() if one.strip()][:2] == [
        "DM_GWPipeline_Gateway_MashupDataAccessError",
        "AADSTS50126",
    ]
    assert "AADSTS50126" in page.inner_text(".chain .primary")


def test_pasted_markup_is_text(open_page):
    """Whatever is pasted, searched or in an address."""
    evil = "<img src=x onerror=\"document.title='caught'\"><script>document.title='caught'</script>"
    for path, text in (
        ("/", f"AADSTS50126: {evil}"),
        ("/", evil),
        ("/search?q=" + "%3Cimg%20src%3Dx%20onerror%3Ddocument.title%3D1%3E", None),
    ):
        page = open_page(path)
        if text:
            ask(page, text)
        page.wait_for_selector(".answer h2, main .codes, main .lead")
        assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
        assert "caught" not in page.title()


def test_an_enormous_paste_is_answered(open_page):
    """A log of a megabyte does not stop the page."""
    page = open_page("/")
    page.evaluate(
        "(text) => { const box = document.querySelector('#ask'); box.removeAttribute('maxlength'); box.value = text; }",
        ("x" * 99 + "\n") * 10_000 + PASTED,
    )
    page.click(".ask button")
    page.wait_for_selector(".answer .ids", timeout=30_000)


def test_a_message_pasted_into_the_line_at_the_top(open_page):
    """Is answered in place, and does not stand in any address."""
    page = open_page("/e/AADSTS120021")
    page.focus("#find")
    page.evaluate(
        """(text) => { const data = new DataTransfer(); data.setData('text', text);
             document.querySelector('#find').dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        PASTED + "\nsecond line",
    )
    page.wait_for_selector("main .ids")
    assert page.url.rstrip("/").endswith("/e/AADSTS120021")
    assert page.evaluate("getComputedStyle(document.querySelector('main .button')).borderRadius") != "0px"


def test_a_page_that_is_not_there_looks_for_the_code(open_page):
    """An address in another case leads to the page."""
    page = open_page("/e/aadsts120021", allowed=("404",))
    page.wait_for_selector("h1:has-text('AADSTS120021')")
