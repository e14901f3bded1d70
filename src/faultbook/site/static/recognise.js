// Text in, errors out, wholly in the browser: what faultbook/recognise/scan.py does, with the same patterns (data/patterns.json).

import { READERS } from "./families.js";
import { Marks } from "./fields.js";
import { isError } from "./mentions.js";
import { numberHits, rows } from "./numbers.js";
import { Pattern, compiled, trim } from "./patterns.js";
import { Spelled } from "./spelled.js";
import { unwrap } from "./unwrap.js";
import { Wording } from "./wording.js";

const OUTER = { dbt: 0, "data-factory:ADF": 0, "power-bi": 1 };
const INNER = 2;
const ENVELOPES = new Set(["0x80040e4e", "ADSync:6941"]); // a table given up because another one failed; an event that names another error
const LONGEST_NAME = 160;
const LONGEST_CHAIN = 12;

export class Recogniser {
  // `data` is data/patterns.json, `codes` are the rows of data/codes.json.
  constructor(data, codes) {
    this.data = data;
    this.names = namesOf(codes);
    this.tools = {
      ...data.lists,
      patterns: compiled(data.patterns),
      idLabels: data.lists.idLabels.map(([sure, kind, source]) => [sure, kind, new Pattern(source)]),
    };
    this.spelled = new Spelled(data.spelled);
    this.families = data.families.map(([name, anchors, source, reader, fixed]) => ({
      name, anchors, pattern: new Pattern(source), read: READERS[reader], fixed,
    }));
  }

  // Everything recognised in one text: the same members as the answer of the service.
  scan(raw) {
    const text = unwrap(raw, this.tools.patterns.unwrap);
    const marks = new Marks(text, this.tools);
    const { errors, mentions } = this.#sortedOut(text, marks);
    const table = rows(text, this.tools);
    if (!errors.length && !table.length) return this.#withoutCode(text, marks, mentions);
    const messages = split(text, errors, marks, this.tools.patterns.records.BREAK);
    const occurrences = distinct([...messages.flatMap((message) => report(message, marks)), ...table.map(ofRow)]);
    const codes = [...new Set(occurrences.map((one) => one.code))];
    const primary = primaryOf(occurrences, messages);
    return {
      primary, codes, mentions: [...new Set(mentions)].filter((code) => !codes.includes(code)),
      candidates: !table.length && messages.every((one) => one.hits.every((hit) => depth(hit) < INNER || ENVELOPES.has(hit.code))) ? this.#guesses(text) : [],
      correlation_id: primary.correlation_id, trace_id: primary.trace_id, timestamp: primary.at,
    };
  }

  #guesses(text) {
    this.wording ??= new Wording(this.data.wording, this.names, this.tools.patterns);
    return this.wording.candidates(text);
  }

  #withoutCode(text, marks, mentions) {
    const value = (kind) => marks.near(kind, 0, 0, text.length);
    return {
      primary: null, codes: [], mentions: [...new Set(mentions)],
      candidates: mentions.length ? [] : this.#guesses(text),
      correlation_id: value("correlation"), trace_id: value("trace"), timestamp: value("time"),
    };
  }

  #sortedOut(text, marks) {
    const errors = [];
    const mentions = [];
    for (const hit of withoutOverlaps(this.#hits(text))) {
      if (isError(hit, text, marks.footed(hit.start, hit.end), this.tools.patterns)) errors.push(hit);
      else mentions.push(hit.code);
    }
    return { errors, mentions };
  }

  #hits(text) {
    const lower = text.toLowerCase();
    const found = [];
    for (const family of this.families) {
      if (!family.anchors.some((anchor) => lower.includes(anchor))) continue;
      for (const one of family.pattern.all(text)) {
        const hit = family.read(one, this.names, this.tools, family.fixed);
        if (hit) found.push(hit);
      }
    }
    found.push(...this.spelled.hits(text, this.tools));
    if ([...text].length <= LONGEST_NAME) found.push(...this.#onlyTheCode(text));
    return [...found, ...numberHits(text, this.names, this.tools)];
  }

  #onlyTheCode(text) {
    const code = trim(text, "\"'`*_.[] \n");
    if (!this.names.known.has(code) || this.names.normal.has(code) || !/[_:=]/u.test(code)) return [];
    const start = text.indexOf(code);
    return [{ code, family: "by-name", start, end: start + code.length, form: "field", weight: 20 }];
  }
}

function namesOf(codes) {
  const of = (keep) => new Set(codes.filter(keep).map((one) => one.code));
  const published = (one) => one.family !== "";
  return {
    known: of(() => true),
    pipeline: of((one) => one.family === "data-factory" && /^[\p{L}\p{N}]+$/u.test(one.code)),
    cluster: of((one) => ["spark", "databricks"].includes(one.family)),
    service: of((one) => ["power-bi", "fabric"].includes(one.family)),
    normal: of((one) => published(one) && one.kind !== "error" && !one.entry),
    warnings: of((one) => published(one) && one.kind === "warning"),
    events: new Set(codes.filter((one) => one.family === "password-writeback").map((one) => `${one.code.split(":")[1] ?? ""} ${one.name}`)),
    conditions: of((one) => one.family === "spark" && !one.code.includes(".")),
  };
}

// Hits by place; where two stand in one another, the heavier one.
function withoutOverlaps(hits) {
  const kept = [];
  for (const hit of hits.sort((a, b) => a.start - b.start || b.weight - a.weight || b.end - a.end)) {
    const last = kept.at(-1);
    if (last && hit.start < last.end) {
      if (hit.weight > last.weight) kept[kept.length - 1] = hit;
    } else kept.push(hit);
  }
  return kept;
}

// Hits belong together until a new record of a log, or an error with ids of its own, begins between them.
function split(text, errors, marks, broken) {
  const messages = [];
  let stop = 0;
  for (const hit of errors) {
    let cut = messages.length ? null : 0;
    if (messages.length) {
      for (const one of broken.all(text, stop, hit.start)) cut = one.index;
      if (cut === null && marks.changed(stop, hit.start)) cut = hit.start;
    }
    if (cut !== null) messages.push({ hits: [], low: cut, high: text.length });
    messages.at(-1).hits.push(hit);
    stop = hit.end;
  }
  messages.forEach((message, at) => { message.high = messages[at + 1]?.low ?? text.length; });
  return messages;
}

// The hit that says most: the heaviest, and of equals the last, because messages are wrapped from the left.
const heaviest = (hits) => hits.reduce((best, hit) => (hit.weight >= best.weight ? hit : best));
// Without the numbers that Windows' broker has for the classes of OAuth, where the sign-in service says itself which error it was.
const withoutClasses = (hits) => (hits.some((hit) => hit.family === "entra")
  ? hits.filter((hit) => !(hit.family === "broker" && hit.code.startsWith("0xcaa2"))) : hits);
const depth = (hit) => OUTER[hit.code.startsWith("ADF:") ? "data-factory:ADF" : hit.family] ?? INNER;

function report(message, marks) {
  const head = heaviest(message.hits);
  const near = (kind) => marks.near(kind, head.start, message.low, message.high);
  const firsts = new Map();
  for (const hit of withoutClasses(message.hits)) if (!firsts.has(hit.code)) firsts.set(hit.code, hit);
  const hits = [...firsts.values()].sort((a, b) => depth(a) - depth(b) || a.start - b.start);
  const chain = hits.map((hit) => hit.code);
  return hits.map((hit) => ({
    code: hit.code, chain: chain.length <= LONGEST_CHAIN ? chain : [hit.code],
    at: near("time"), correlation_id: near("correlation"), trace_id: near("trace"),
  }));
}

function ofRow({ hit, cells }) {
  const cell = (...names) => cells[names.find((name) => name in cells)] ?? null;
  return {
    code: hit.code, chain: [hit.code],
    at: cell("date (utc)", "timegenerated", "timegenerated [utc]", "createddatetime", "time", "date"),
    correlation_id: cell("correlation id", "correlationid"), trace_id: cell("request id", "originalrequestid", "id"),
  };
}

// Without what is printed twice: the same code with the same ids.
function distinct(occurrences) {
  const seen = new Set();
  return occurrences.filter((one) => {
    const key = JSON.stringify([one.code, one.correlation_id, one.trace_id]);
    if (seen.has(key) && (one.correlation_id || one.trace_id)) return false;
    seen.add(key);
    return true;
  });
}

// The heaviest code of all messages; of equally heavy messages the first.
function primaryOf(occurrences, messages) {
  if (!messages.length) return occurrences[0];
  const best = messages.map((message) => heaviest(message.hits)).reduce((one, hit) => (hit.weight > one.weight ? hit : one));
  return occurrences.find((one) => one.code === best.code);
}
