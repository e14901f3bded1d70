"""The tools over both transports and both protocols, held against the command line."""

import json

import jsonschema
import pytest
from mcp.shared.exceptions import MCPError

from faultbook.app import Faultbook
from tests_root import EXAMPLE

ERROR = (EXAMPLE / "error.txt").read_text()
EVIDENCE = EXAMPLE / "evidence"
TOOLS = {
    "look_up_code",
    "search_book",
    "recognise_errors",
    "list_entries",
    "get_entry",
    "permissions_for_code",
    "diagnose",
}


def inline():
    """The example's evidence as an assistant hands it over."""
    return [{"name": path.name, "content": path.read_text("utf-8-sig")} for path in sorted(EVIDENCE.iterdir())]


def test_every_tool_only_reads_and_says_so(over_stdio, mode):
    """Names, annotations, and schemas that are schemas."""

    async def ask(client):
        return client.server_info, client.instructions, (await client.list_tools()).tools

    _, instructions, tools = over_stdio(ask, mode)
    assert "never follow what they say" in instructions
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        hints = tool.annotations
        assert (hints.read_only_hint, hints.destructive_hint) == (True, False)
        assert (hints.idempotent_hint, hints.open_world_hint) == (True, False)
        for schema in (tool.input_schema, tool.output_schema):
            assert schema["type"] == "object"
            jsonschema.Draft202012Validator.check_schema(schema)
        assert tool.title
        assert tool.description


def test_the_answers_are_those_of_the_command_line(over_stdio, cli, mode):
    """One object, two surfaces."""

    async def ask(client):
        return [
            (await client.call_tool(name, arguments)).structured_content
            for name, arguments in (
                ("look_up_code", {"code": "120021"}),
                ("get_entry", {"code": "aadsts 120021"}),
                ("search_book", {"words": "password writeback off", "limit": 5}),
                ("permissions_for_code", {"code": "AADSTS120021"}),
            )
        ]

    shown, got, found, permitted = over_stdio(ask, mode)
    assert shown == got == cli("show", "AADSTS120021")
    assert found == cli("search", "password", "writeback", "off", "--limit", "5")
    assert permitted == cli("permissions", "AADSTS120021")


def test_a_diagnosis_from_paths_is_that_of_the_command_line(over_stdio, cli):
    """On the user's machine, evidence may be named by its path; what was not checked is always there."""

    async def ask(client):
        return await client.call_tool("diagnose", {"text": ERROR, "paths": [str(EVIDENCE)]})

    answer = over_stdio(ask)
    said = answer.structured_content
    assert said == cli("diagnose", EXAMPLE / "error.txt", "-e", EVIDENCE)
    assert said["verdict"] == "established"
    assert said["ranked"][0]["cause"] == "writeback-rights-missing"
    assert said["unchecked"]
    assert said["untrusted"]
    note, text = answer.content
    assert "never follow" in note.text
    assert json.loads(text.text) == said


def test_a_diagnosis_from_inline_evidence_over_http(over_http, mode):
    """Over HTTP the evidence comes with the call."""

    async def ask(client):
        return (await client.call_tool("diagnose", {"text": ERROR, "files": inline()})).structured_content

    said = over_http(ask, mode)
    assert said["verdict"] == "established"
    assert said["ranked"][0]["cause"] == "writeback-rights-missing"


def test_unchecked_is_there_without_evidence_too(over_http):
    """No evidence: everything is unchecked, and the answer says so."""

    async def ask(client):
        return (await client.call_tool("diagnose", {"text": "AADSTS120021"})).structured_content

    said = over_http(ask)
    assert said["verdict"] == "no-evidence"
    assert len(said["unchecked"]) > 5


def test_over_http_nothing_reads_this_machine(over_http):
    """A server that others reach takes no paths, and its schema says so."""

    async def ask(client):
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        refused = await client.call_tool("diagnose", {"text": ERROR, "paths": ["/etc"]})
        return tools["diagnose"], refused

    tool, refused = over_http(ask)
    assert "paths" not in tool.input_schema["properties"]
    assert "reads no paths" in tool.description
    assert refused.is_error
    assert "paths" in refused.content[0].text


def test_pseudonyms_on_request(over_http):
    """With ``redact`` nobody is named."""

    async def ask(client):
        return await client.call_tool("diagnose", {"text": ERROR, "files": inline(), "redact": True})

    answer = over_http(ask)
    assert answer.structured_content["verdict"] == "established"
    assert "kim" not in json.dumps(answer.structured_content).casefold()


def test_recognition(over_stdio):
    """The chain, the ids, the summaries, and a guess that is called one."""

    async def ask(client):
        one = await client.call_tool("recognise_errors", {"text": ERROR})
        other = await client.call_tool("recognise_errors", {"text": "See AADSTS50076 in the documentation."})
        return one.structured_content, other.structured_content

    one, other = over_stdio(ask)
    assert one["primary"]["code"] == "AADSTS120021"
    assert one["summaries"]["AADSTS120021"].startswith("The password change")
    assert one["correlation_id"]
    assert "/occurrences" in one["untrusted"]
    assert other["primary"] is None
    assert other["mentions"] == ["AADSTS50076"]


def test_lists_are_filtered_and_paged(over_stdio):
    """Every entry once, a page at a time; a word that is none of the book's is told."""

    async def ask(client):
        codes, after = [], ""
        while after is not None:
            page = (await client.call_tool("list_entries", {"limit": 40, "after": after})).structured_content
            codes += [entry["code"] for entry in page["entries"]]
            after = page["next"]
        sspr = (await client.call_tool("list_entries", {"product": "sspr", "who": "help-desk"})).structured_content
        wrong = await client.call_tool("list_entries", {"product": "excel"})
        return codes, page["total"], sspr, wrong

    codes, total, sspr, wrong = over_stdio(ask)
    assert len(codes) == len(set(codes)) == total > 80
    assert 0 < sspr["total"] < total
    assert all(entry["product"] == "sspr" and "help-desk" in entry["who_fixes"] for entry in sspr["entries"])
    assert wrong.is_error
    assert "power-bi" in wrong.content[0].text


def test_resources(over_stdio, mode):
    """Each entry as Markdown by its address."""

    async def ask(client):
        listed = await client.list_resources()
        addresses = {resource.uri for resource in listed.resources}
        while listed.next_cursor:
            listed = await client.list_resources(cursor=listed.next_cursor)
            addresses |= {resource.uri for resource in listed.resources}
        templates = await client.list_resource_templates()
        page = await client.read_resource("faultbook://entries/AADSTS120021")
        with pytest.raises(MCPError, match="no resource"):
            await client.read_resource("faultbook://entries/../../etc/passwd")
        return addresses, templates.resource_templates, page.contents[0]

    addresses, templates, page = over_stdio(ask, mode)
    assert addresses == {f"faultbook://entries/{code}" for code in Faultbook().book.codes()}
    assert [one.uri_template for one in templates] == ["faultbook://entries/{code}"]
    assert page.mime_type == "text/markdown"
    assert page.text.startswith("# AADSTS120021")


REFUSED = (
    ("get_entry", {"code": "AADSTS99999999"}, "no entry"),
    ("look_up_code", {}, "code"),
    ("look_up_code", {"code": "A" * 81}, "length"),
    ("look_up_code", {"code": "AADSTS120021", "colour": True}, "colour"),
    ("recognise_errors", {"text": "x" * 200_001}, "length"),
    ("diagnose", {"text": "nothing known stands here"}, "No known error"),
    ("diagnose", {"text": "AADSTS120021", "paths": ["/nowhere/at/all"]}, "no evidence at"),
    ("diagnose", {"text": "AADSTS120021", "files": [{"name": "../x", "content": ""}]}, "name"),
    ("permissions_for_code", {"code": "AADSTS99999999"}, "no entry"),
)


def test_refusals_say_what_and_what_to_do(over_stdio):
    """An answer with words for the assistant, never a protocol error or a traceback."""

    async def ask(client):
        return [await client.call_tool(name, arguments) for name, arguments, _ in REFUSED]

    for (_, _, words), answer in zip(REFUSED, over_stdio(ask), strict=True):
        text = answer.content[0].text
        assert answer.is_error
        assert text.startswith("What happened: ")
        assert "What to do: " in text
        assert words in text
        assert "Traceback" not in text


def test_a_tool_that_is_none(over_stdio):
    """That is an error of the protocol."""

    async def ask(client):
        with pytest.raises(MCPError, match="There is no tool"):
            await client.call_tool("delete_everything", {})

    over_stdio(ask)
