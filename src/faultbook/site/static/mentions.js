// Tells a code that is an error from one that the text merely mentions. The counterpart of faultbook/recognise/mentions.py and program.py.

import { trim } from "./patterns.js";

const REACH = 4000;
const QUOTE = "\"'`*_ ";
const SIGN_IN = new Set(["entra", "entra-b2c", "sspr"]);

export function isError(hit, text, footed, patterns) {
  const p = patterns.mentions;
  if (hit.form === "link") return false;
  const [before, after] = line(text, hit.start, hit.end, 2000);
  if (hit.form !== "bare" && p.LOG_LINE.match(before)) {
    return hit.form === "field" || footed || !p.LEAD_IN.search(before.slice(-60));
  }
  if (p.TABLE.match(before + text.slice(hit.start, hit.end) + after) && count(before, "|") + count(after, "|") >= 3) return false;
  if (p.CODE_LINE.match(before) || (hit.form !== "field" && p.CODE_INSIDE.search(before.slice(-200))) || p.CODE_INSIDE.match(after.slice(0, 40))) return false;
  if (!footed && (isProgram(text, hit.start, hit.end, patterns.program) || isArticle(text, hit.start, hit.end, patterns.program))) return false;
  if (hit.form === "field") return true;
  if (hit.form === "message") {
    return footed || !(p.LEAD_IN.search(before.slice(-60)) || p.IN_BRACKETS.search(before) || isExplained(hit, before, after, p));
  }
  return bareError(hit, text, before, after, footed, p);
}

function isExplained(hit, before, after, p) {
  return SIGN_IN.has(hit.family) && p.TOLD.search(before.length < 90 ? before : `x${before.slice(-90)}`) && p.EXPLAINED.match(after);
}

function bareError(hit, text, before, after, footed, p) {
  const alone = trim(before, QUOTE) === "";
  if (alone && trim(text.slice(0, hit.start), `${QUOTE}\n`) === "" && p.ALONE.whole(text, hit.end)) return true;
  const ends = Boolean(p.END_AFTER.match(`${after}\n`));
  if (ends && alone && p.LABEL_ABOVE.search(text, Math.max(hit.start - 60, 0), hit.start)) return true;
  const quoted = ['"', "'"].includes(before.slice(-1)) && after[0] === before.slice(-1);
  if (p.ERROR_BEFORE.search(`\n${before}`) && (ends || footed || ["power-bi", "sspr"].includes(hit.family) || quoted)) return true;
  if ((hit.family === "power-bi" && p.ERROR_CODE_BEFORE.search(before)) || p.STATUS_BEFORE.search(before.slice(-60))) return true;
  if (p.ERROR_WORD_FIRST.whole(before) && (ends || p.NAME_AFTER.match(`${after}\n`))) return true;
  if (footed && (ends || alone)) return true;
  if (ends && alone && ["power-bi", "broker"].includes(hit.family)) return true;
  return hit.family === "power-bi" && Boolean(p.LOG_LINE.match(before));
}

function isProgram(text, start, stop, p) {
  const [before, after] = line(text, start, stop, REACH);
  if (p.COMMENT.search(before.slice(-300)) || p.BUILT.search(before.slice(-300)) || isArgument(before.slice(-400), p)) return true;
  if (p.ASSIGNED_CALL.match(before) || p.ASSIGNED_TEXT.match(before) || p.QUERY.match(before) || p.CONDITION.search(before.slice(-400))) return true;
  return inPieces(text, start, before, after, p) || inTripleQuotes(text, start) || enclosing(text, start).some((one) => opens(one, p));
}

function isArticle(text, start, stop, p) {
  const [before, after] = line(text, start, stop, REACH);
  return Boolean(p.ARTICLE.search(text, stop, stop + 500)) || inSpan(before, after, p);
}

function line(text, start, stop, reach) {
  const low = Math.max(start - reach, 0);
  const begin = Math.max(text.slice(0, start).lastIndexOf("\n") + 1, low);
  const next = text.slice(stop, stop + reach).indexOf("\n");
  return [text.slice(begin, start), text.slice(stop, next >= 0 ? stop + next : stop + reach)];
}

function isArgument(before, p) {
  const found = p.ARGUMENT.search(before);
  if (!found) return false;
  const call = found.groups.call;
  if (call.startsWith(".")) return true;
  const name = call.slice(call.lastIndexOf(".") + 1);
  const upper = (sign) => sign !== undefined && sign !== sign.toLowerCase();
  return !(upper(name[0]) && p.RAISED.search(name)) && (call.includes(".") || !upper(call[0]));
}

function inPieces(text, start, before, after, p) {
  if (!p.STARTS_QUOTED.match(before)) return false;
  const begin = start - before.length;
  const above = text.slice(Math.max(begin - 400, 0), Math.max(begin - 1, 0)).split("\n").at(-1);
  if (p.STARTS_QUOTED.match(above) && p.ENDS_QUOTED.search(above.slice(-8))) return true;
  const stop = text.slice(start, start + REACH).indexOf("\n");
  const below = stop >= 0 ? text.slice(start + stop + 1, start + stop + 40) : "";
  return Boolean(p.ENDS_QUOTED.search(after.slice(-8)) && p.NEXT_PIECE.match(below));
}

function inTripleQuotes(text, start) {
  const before = text.slice(Math.max(start - REACH, 0), start);
  return ['"""', "'''"].some((quotes) => count(before, quotes) % 2 === 1);
}

// The lines above that the place is indented under, the nearest first.
function enclosing(text, start) {
  const near = Math.max(start - REACH, 0);
  const begin = Math.max(text.slice(0, start).lastIndexOf("\n"), near - 1) + 1;
  const found = [];
  let deep = depth(`${text.slice(begin, start)}x`);
  for (const one of text.slice(Math.max(begin - REACH, 0), begin).split("\n").slice(0, -1).slice(-40).reverse()) {
    if (deep === 0) break;
    if (one.trim() && depth(one) < deep) {
      deep = depth(one);
      found.push(one);
    }
  }
  return found;
}

function depth(one) {
  const flat = (/^[+-]/u.test(one) ? ` ${one.slice(1)}` : one).replaceAll("\t", "    ");
  return flat.length - flat.replace(/^ +/u, "").length;
}

function opens(one, p) {
  const part = one.slice(-400);
  if (p.DUMP.search(part)) return false;
  if (p.RULE.match(part) || p.TEMPLATE.match(part) || p.KEYWORD.match(part) || p.OPENED.search(part)) return true;
  let closed = 0;
  for (let at = part.length - 1; at > 0; at -= 1) {
    if (part[at] === ")") closed += 1;
    else if (part[at] === "(") {
      if (closed === 0) return /[\p{L}\p{N}_\]>)]/u.test(part[at - 1]);
      closed -= 1;
    }
  }
  return false;
}

function inSpan(before, after, p) {
  if (count(before, "`") % 2 === 1 && after.includes("`")) {
    const outside = before.slice(0, before.lastIndexOf("`")).slice(-40);
    return Boolean(p.BEFORE_SPAN.search(outside) || p.AFTER_SPAN.match(after.slice(after.indexOf("`") + 1)));
  }
  if (count(before, '"') % 2 === 1 && after.includes('"')) {
    const outside = before.slice(0, before.lastIndexOf('"')).slice(-40);
    return Boolean(p.WORD_BEFORE.search(outside) && p.WORDS_AFTER.match(after.slice(after.indexOf('"') + 1)));
  }
  return false;
}

const count = (text, part) => text.split(part).length - 1;
