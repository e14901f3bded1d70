// Sign-in codes printed as a bare number, and rows of exported sign-in tables. The counterpart of faultbook/recognise/numbers.py.

import { end } from "./patterns.js";

const hit = (number, start, stop, form, code = `AADSTS${number}`, family = "entra", weight = 88) =>
  ({ code, family, start, end: stop, form, weight });

export function numberHits(text, names, tools) {
  const lower = text.toLowerCase();
  const found = [];
  for (const [words, name] of tools.numberLabels) {
    if (!words.some((word) => lower.includes(word))) continue;
    for (const one of tools.patterns.numbers[name].all(text)) {
      if (name === "LIST" || name === "CLIENT") found.push(...each(one));
      else if (name === "LINK") found.push(hit(one.groups.number, one.index, end(one), "link"));
      else {
        const placed = place(one, names, tools);
        if (placed) found.push(placed);
      }
    }
  }
  return found;
}

function place(found, names, tools) {
  const p = tools.patterns.numbers;
  const { number } = found.groups;
  if (inSentence(found, p)) return null;
  const around = record(found.input, found.index, end(found), 600, tools.patterns.records.BREAK);
  const known = names.known.has(`AADSTS${number}`);
  if (!known && /^(?:10|25|26|39)[0-9]{4}$/u.test(number) && p.SNOWFLAKE.search(around + found[0])) {
    return hit(number, found.index, end(found), "field", number, "snowflake", 76);
  }
  const mine = known
    ? p.SIGN_IN.search(around) || alone(found) || found[0].toLowerCase().startsWith("resulttype") || p.EXPLAINED_BELOW.match(found.input, end(found))
    : p.SURELY_SIGN_IN.search(around);
  return mine ? hit(number, found.index, end(found), "field") : null;
}

function inSentence(found, p) {
  const before = found.input.slice(Math.max(found.index - 2, 0), found.index);
  return !/[:=\n]/u.test(found[0]) && /^[a-z][ \n]$/u.test(before)
    && (found.groups.short !== undefined || Boolean(p.RUNNING_ON.match(found.input, end(found))));
}

const alone = (found) => !found.input.slice(0, found.index).trim() && !found.input.slice(end(found)).replace(/[ \n.]+/gu, "");

function each(found) {
  const name = found.groups.all === undefined ? "one" : "all";
  const start = found.index + found[0].indexOf(found.groups[name]);
  return [...found.groups[name].matchAll(/[0-9]{5,7}/gu)].map((one) =>
    hit(one[0], start + one.index, start + one.index + one[0].length, "field"));
}

// The text around a place, no further than `reach` and not beyond its record.
function record(text, start, stop, reach, broken) {
  let low = Math.max(start - reach, 0);
  for (const one of broken.all(text, low, start)) low = end(one);
  const next = broken.search(text, stop, stop + reach);
  return text.slice(low, next ? next.index : stop + reach);
}

// Failures in an exported sign-in table; a doubled column counts once, where it first has a value.
export function rows(text, tools) {
  const { HEADING, HEADER } = tools.patterns.numbers;
  const found = HEADING.search(text) && HEADER.search(text);
  if (!found) return [];
  const header = found.groups.row;
  const mark = [",", ";", "\t", "|"].reduce((best, one) => (header.split(one).length > header.split(best).length ? one : best));
  const titles = cells(header, mark).map((cell) => cell.trim().toLowerCase());
  const column = tools.columns.map((name) => titles.indexOf(name)).find((at) => at >= 0);
  if (column === undefined || titles.length < 2) return [];
  const made = [];
  let start = end(found) + 1;
  for (const one of text.slice(start).split("\n")) {
    const values = one.includes(mark) ? cells(one, mark) : [];
    const value = (values[column] ?? "").trim();
    if (/^[1-9][0-9]{4,6}$/u.test(value)) {
      const kept = {};
      titles.forEach((title, at) => {
        const cell = (values[at] ?? "").trim();
        if (cell && !(title in kept)) kept[title] = cell;
      });
      const at = start + one.indexOf(value);
      made.push({ hit: hit(value, at, at + value.length, "field"), cells: kept });
    }
    start += one.length + 1;
  }
  return made;
}

// One line of a table whose cells may be quoted.
function cells(text, mark) {
  const found = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted && sign === '"' && text[at + 1] === '"') { cell += '"'; at += 1; }
    else if (sign === '"' && (quoted || cell === "")) quoted = !quoted;
    else if (sign === mark && !quoted) { found.push(cell); cell = ""; }
    else cell += sign;
  }
  return [...found, cell];
}
