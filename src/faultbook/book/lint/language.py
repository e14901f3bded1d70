"""B4: sentences that say something, in words that are current."""

import re
from collections.abc import Iterator
from typing import Final

from faultbook.book.files import EntryFile
from faultbook.book.layout import bare
from faultbook.book.lint.rule import Found, LintContext, of_entry
from faultbook.book.lint.texts import prose, sentences, steps, texts, titles, unquoted

MOST_SUMMARY: Final = 120

# Phrases that would fit any code, and so say nothing about this one.
EMPTY: Final = {
    r"ensure(s|d)?|make sure|please|simply|just (?:click|open|run|check)": "say what to do and how to see that it worked",
    r"check your (?:application registration|token configuration|configuration|settings|permissions|network)": "name the setting and its right value",
    r"token configuration, and user permissions": "name the setting and its right value",
    r"(?:is|are) (?:properly|correctly) (?:configured|set up)": "name the setting and its right value",
    r"if (?:needed|necessary|required|applicable)|as (?:needed|appropriate|necessary)": "say when it is needed",
    r"various reasons|a number of reasons|several reasons|one or more of the following": "name the reasons",
    r"this error (?:indicates|occurs when|means that|usually)|this error message": "say what happened",
    r"for more information|see the documentation|refer to": "say it here, and cite the source",
    r"it is recommended|best practice|we recommend|in order to": "say what to do",
    r"(?:contact|reach out to) your (?:administrator|it department)": "say who, and what they have to do",
    r"try again later|at a later time": "say after what time, and how often",
    r"check the (?:logs|documentation|details)|review the (?:logs|settings|configuration)": "say which, and what should stand there",
    r"verify (?:that everything|the settings|the configuration|your)": "name the setting and its right value",
    r"an? (?:unexpected|unknown|internal|general) (?:error|problem|issue) (?:has )?(?:occurred|happened)|something went wrong": "say what happened",
    r"(?:may|can|could) be caused by (?:various|many|different|several)": "name the causes, each with its share",
    r"due to a misconfiguration|is misconfigured|wrong(?:ly)? configuration": "name the setting and its right value",
    r"and so on|et cetera": "name what is left out, or leave it out",
    r"regularly monitor|proactively|seamless(?:ly)? experience|robust": "it says nothing",
}
_EMPTY = [(re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), instead) for pattern, instead in EMPTY.items()]
_SUPPORT = re.compile(r"(?:contact|call|ask) (?:microsoft |vendor |the )?support(?: team)?[^.]{0,20}\.?", re.IGNORECASE)

NAMES: Final = {
    r"Azure AD Connect": "Microsoft Entra Connect",
    r"Azure (?:AD|Active Directory)(?! (?:B2C|DS))": "Microsoft Entra ID",
    r"AAD": "Microsoft Entra ID",
    r"Office 365|O365": "Microsoft 365",
    r"PowerBI": "Power BI",
    r"Azure Multi-Factor Authentication|Azure MFA": "Microsoft Entra multifactor authentication",
    r"ADFS": "AD FS",
    r"Azure SQL Data Warehouse|SQL DW": "Azure Synapse Analytics",
    r"Data Management Gateway": "self-hosted integration runtime",
    r"Azure AD DS": "Microsoft Entra Domain Services",
    r"Windows Azure": "Azure",
    r"AAD Connect|DirSync": "Microsoft Entra Connect",
    r"(?:Azure )?AD Identity Protection": "Microsoft Entra ID Protection",
    r"(?:Azure )?AD Privileged Identity Management": "Microsoft Entra Privileged Identity Management",
}
_NAMES = [(re.compile(rf"(?<![\w.@/-])(?:{pattern})(?![\w@/-])"), name) for pattern, name in NAMES.items()]

RETIRED: Final = {
    r"\w+-Msol\w+": "the MSOnline module is retired; use Microsoft Graph PowerShell",
    r"\w+-AzureAD(?!SSO|PasswordProtection)\w+": "the AzureAD module is retired; use Microsoft Graph PowerShell",
    r"MSOnline|AzureAD(?:Preview)? module": "the module is retired; use Microsoft Graph PowerShell",
    r"\w+-AzureRm\w+": "the AzureRM module is retired; use Az",
    r"graph\.windows\.net|Azure AD Graph": "the API is retired; use Microsoft Graph",
    r"Test-FederationTrust\w*": "the cmdlet asks about Exchange, not about sign-in, and is retired with it",
    r"portal\.azure\.com/#blade/Microsoft_AAD\w*": "the blade's address is retired; name the menu of the Entra admin centre",
    r"\bADAL\b": "the library is retired; use MSAL",
    r"aad\.portal\.azure\.com|manage\.windowsazure\.com|portal\.office\.com/adminportal": "the address is retired; name the menu of the admin centre of today",
    r"Azure Multi-Factor Authentication Server|MFA Server\b": "the server is retired; use the methods of Microsoft Entra ID",
    r"Azure AD Authentication Library": "the library is retired; use MSAL",
}
_RETIRED = [(re.compile(pattern), why) for pattern, why in RETIRED.items()]
_SAID_RETIRED = re.compile(r"\b(?:retired|no longer|removed|withdrawn)\b", re.IGNORECASE)

_PARTS: Final = re.compile(r"```|^\s*(?:-|\d+\.)\s|\n\s*\n", re.MULTILINE)
"""What makes more than one run of a text: code of several lines, a list, paragraphs."""
_YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)
_NOT_TELLING: Final = """
the and for not was were has have had are this that with from its because into been does did which when while error code failed fails failure
occurred
"""
_ENGLISH_WORDS: Final = "the a an and of to in is are it that for not with on as by or be this from"
_FOREIGN_WORDS: Final = """
de het een van niet wordt worden met voor naar als dat deze moet zijn der die das und ist nicht wird werden mit für auf ein eine den dem
le la les des est pas une dans pour avec el los las una con para por que gli della dei sono non
"""
_IDLE: Final = frozenset(_NOT_TELLING.split())
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_FOREIGN: Final = frozenset(_FOREIGN_WORDS.split())

_CLOSED = re.compile(r"[.!?:][\"”'`)*\]]*$|```$")
_HANGING = re.compile(r"(?:…|\.\.\.|,|;|\b(?:a|an|and|because|but|or|the))[.\"”)]*$", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"FILL:|\b(?:TODO|TBD|FIXME|XXX)\b|lorem ipsum", re.IGNORECASE)

_OPENERS: Final = """
after afterwards as at before during for from if in inside on once only otherwise then there under when where while with within without
"""
OPENERS: Final = frozenset(_OPENERS.split())
_VERBS: Final = """
accept activate add adjust agree aim allow answer apply approve archive arrange ask assess assign associate attach
attempt authorise authorize avoid await back bind block boot bring browse build buy bypass calculate call cancel
capture catch change check choose clarify clean clear click close collect combine comment compare compile complete
compute conclude configure confine confirm connect consent consider consult contact continue contrast convert copy
correct correlate count create cross-check cut decide decode decrease define delete demand deploy describe detect
determine dial disable disclose disconnect dismiss distinguish divide do document double-check download draw drop
duplicate edit elevate embed empty enable encode encrypt end enforce enlarge enroll enter escalate establish estimate
evaluate evict examine except exchange exclude execute exempt expand expect expire explain explore export expose
extend extract fail feed fetch fill filter find finish fix flag flush follow force format forward free freeze gather
generate get give go grant group guard hand handle have help hold host identify ignore import include increase index
inform initiate insert inspect install instruct interpret interrupt intersect investigate invite isolate issue join
keep kill know label launch learn leave lengthen let license lift limit link list listen load lock log look loosen
lower mail make manage map mark mask match measure merge migrate mind modify monitor mount move name narrow negotiate
note notify observe obtain offer omit open order override own pair park pass paste patch pause permit pick ping place
plan point post postpone prefer prepare present preserve press prevent print prioritise probe promote protect prove
provide provision publish pull purge push put qualify quarantine query quit quote raise re-enable re-enter re-register
re-run re-sign reach read reapply reassign reauthenticate rebind rebuild recalculate recall receive recheck reclaim
reconcile reconfigure reconnect record recover recreate recycle redeem redeploy redirect redo reduce refer reformat
refresh refuse regenerate register reinstall reissue reject relax relay release reload relocate rely remediate
remember remind remove rename renew reopen reorder repair repeat replace reply repoint report repost republish request
require rerun resend reset resign resolve respond restart restore restrict resubmit resubscribe resume retire retrace
retract retrieve retry return reuse revert review revoke rewrite roll rotate route run sample save say scale scan
schedule scope search secure see select send separate serve set settle share shift shorten show shrink shut sign
silence simplify simulate sit skip solve sort specify split spread stage start state stay step stick stop store
straighten strip submit subscribe substitute supply surface suspend swap switch sync synchronise synchronize tag take
target tell test throttle tick tighten time toggle trace track train transfer transform translate treat trigger
truncate trust try tune turn type unblock uncheck uncover undo uninstall unlink unload unlock unpack unregister unset
untick unzip update upgrade upload use validate verify view wait wake warm warn watch weigh widen wipe withdraw work
wrap write zip
"""
VERBS: Final = frozenset(_VERBS.split())
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


@of_entry("B401", "The summary is one sentence of at most 120 characters.")
def one_sentence(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """It must fit one line of the first screen."""
    summary = file.entry.summary
    if len(summary) > MOST_SUMMARY:
        yield "summary", f"The summary has {len(summary)} characters."
    if len(sentences(summary)) != 1 or "\n" in summary.strip():
        yield "summary", "The summary is more than one sentence."
    elif not summary.endswith("."):
        yield "summary", "The summary does not end with a full stop."


@of_entry("B402", "No phrase would fit any other code as well.")
def no_empty_phrases(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """What is quoted is exempt, and so is a question: somebody else said it."""
    for where, text in [*prose(file.entry), *titles(file.entry)]:
        if where.endswith(".q"):
            continue
        bare = unquoted(text)
        for pattern, instead in _EMPTY:
            if found := pattern.search(bare):
                yield where, f"“{found[0]}” would fit any code; {instead}."
        if _SUPPORT.fullmatch(text.strip()):
            yield where, "Support alone is no step: say what to hand over, and what was excluded."


_MARKED = re.compile(r"\*\w[^*]*\*|`")


@of_entry("B403", "No sentence is cut off.")
def whole_sentences(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A text ends with a stop, and closes the brackets and quotes that it opens."""
    for where, text in prose(file.entry):
        for part in text.strip().split("\n\n"):
            if not _CLOSED.search(part.strip()) or _HANGING.search(part.strip()):
                yield where, f"The text breaks off: “…{part.strip()[-40:]}”."
        bare = unquoted(text)
        if bare.count("(") != bare.count(")") or text.count("`") % 2 or text.count("“") != text.count("”"):
            yield where, "A bracket or a quote stays open."
    for where, text in titles(file.entry):
        if _HANGING.search(text):
            yield where, f"The title breaks off: “{text}”."
        if _MARKED.search(text):
            yield where, "A title or question is shown as it stands, with its marks: put “…” around names in it."


@of_entry("B404", "A step begins with what to do.")
def steps_begin_with_a_verb(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A place or a condition may stand before the verb: on the sync server, if it has expired."""
    for where, text in steps(file.entry):
        first, *others = [word.lower() for word in _WORD.findall(sentences(text)[0])] or [""]
        led = first in OPENERS and any(word in VERBS for word in others)
        if first not in VERBS and not led:
            yield where, f"The step begins with “{text.split()[0]}”, which is nothing to do."


@of_entry("B405", "A question ends with a question mark.")
def questions_ask(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """What people really ask, as they would ask it; the answer is no question."""
    for number, question in enumerate(file.entry.faq, start=1):
        if not question.q.rstrip().endswith("?"):
            yield f"faq[{number}].q", "The question does not end with a question mark."
        if question.a.rstrip().endswith("?"):
            yield f"faq[{number}].a", "The answer is a question."


@of_entry("B406", "Products bear the names that they have today.")
def current_names(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """Old names stand only in quotes, code and cmdlets, where they are what one sees."""
    for where, text in [*prose(file.entry), *titles(file.entry)]:
        bare = unquoted(text)
        for pattern, name in _NAMES:
            if found := pattern.search(bare):
                yield where, f"“{found[0]}” is called {name} today."
                break


@of_entry("B407", "No retired cmdlet, module or interface is recommended.")
def nothing_retired(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A sentence that says that it is retired may name it."""
    for where, text in texts(file.entry):
        for sentence in sentences(text):
            for pattern, why in _RETIRED:
                if (found := pattern.search(sentence)) and not _SAID_RETIRED.search(sentence):
                    yield where, f"{found[0]}: {why}."


@of_entry("B411", "A step goes through menus that exist.")
def menus_exist(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """``book/menus.toml`` lists the ways through portals and programs, each with source and date."""
    for where, text in prose(file.entry):
        for sentence in sentences(text) if " > " in text and context.menus else ():
            for path in context.menus.unknown(sentence):
                yield (
                    where,
                    f"“{path}” is no way through menus that book/menus.toml knows; correct it, or add it there with its source.",
                )


@of_entry("B414", "Summary, meaning and answers say more than the name.")
def says_more_than_the_name(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """The name of a code, taken apart into words, is no answer to anything."""
    entry = file.entry
    named = {word[:5] for word in re.findall(r"[a-z]+", _parted(f"{entry.code} {entry.name}"))}
    for where, text in prose(entry):
        if (where in {"summary", "meaning"} or where.endswith(".a")) and not _YES_OR_NO.match(text):
            yield from ((where, message) for message in _repeats(text, named))


def _repeats(text: str, named: set[str]) -> Iterator[str]:
    words = re.findall(r"[a-z]{3,}", _parted(text))
    if not [word for word in words if word not in _IDLE and word[:5] not in named]:
        yield f"“{text.strip()[:60]}” repeats the name and says nothing else."


def _parted(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).lower()


@of_entry("B415", "Every sentence is English.")
def in_english(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """Half-translated text is found by the small words of other languages."""
    for where, text in [*prose(file.entry), *titles(file.entry)]:
        for sentence in sentences(unquoted(text)):
            words = re.findall(r"[^\W\d_]+", sentence.lower())
            strange = [word for word in words if word in _FOREIGN]
            if len(strange) >= 3 and len(strange) > sum(word in _ENGLISH for word in words):
                yield where, f"“{sentence[:60]}” is not English: {', '.join(dict.fromkeys(strange))}."


@of_entry("B416", "A text reads the same on the web page and in the terminal.")
def reads_the_same(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """Stars, underscores and backslashes of a command are taken for marks by one of the two, and the reader copies a command that is none."""
    for where, text in [*prose(file.entry), *titles(file.entry)]:
        if _PARTS.search(text):
            continue
        web, terminal = (" ".join(seen.split()) for seen in (context.shown(text), bare(text)))
        if web != terminal:
            at = next((at for at, pair in enumerate(zip(web, terminal, strict=False)) if len(set(pair)) > 1), 0)
            here = slice(max(at - 20, 0), at + 20)
            yield (
                where,
                f"The web page shows “{web[here]}” and the terminal “{terminal[here]}”; put what is code into backquotes.",
            )


@of_entry("B410", "Nothing of the skeleton is left.")
def nothing_left_to_fill(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """``book new`` marks what has to be written with FILL:."""
    for where, text in texts(file.entry):
        if _PLACEHOLDER.search(text):
            yield where, "This still has to be written."
    for number, sample in enumerate(file.entry.samples, start=1):
        if "FILL:" in sample.text:
            yield f"sample[{number}].text", "This still has to be written."
