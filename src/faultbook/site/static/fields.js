// The ids and the time that are printed with an error. The counterpart of faultbook/recognise/fields.py.

import { end, trimEnd } from "./patterns.js";

const REACH = 2400;
const LOOK_BACK = 72;
const USUAL = {
  "correlation id": [0, "correlation"], correlation_id: [0, "correlation"], correlationid: [0, "correlation"],
  "trace id": [0, "trace"], trace_id: [0, "trace"], traceid: [0, "trace"],
};

export class Marks {
  constructor(text, tools) {
    this.tools = tools;
    this.correlation = [];
    this.trace = [];
    this.time = [];
    this.#ids(text);
    this.#times(text);
  }

  // Whether an id or a time of a surely labelled kind stands just behind or before this place.
  footed(start, stop) {
    return [this.correlation, this.trace, this.time].some((kind) =>
      within(kind, start - 400, stop + 1600).some((mark) => mark.sure === 0));
  }

  // Whether an error that ended at `stop` has its own correlation id, and one that begins at `start` another.
  changed(stop, start) {
    const before = within(this.correlation, stop, start).filter((mark) => mark.sure === 0);
    const behind = before.length ? within(this.correlation, start, start + REACH) : [];
    return behind.length > 0 && behind[0].sure === 0 && behind[0].value !== before.at(-1).value;
  }

  // The mark that belongs to the code at `start`: the surest, then the next one behind it, then the last one before it.
  near(kind, start, low, high) {
    const here = within(this[kind], Math.max(low, start - REACH), Math.min(high, start + REACH));
    if (!here.length) return null;
    const best = Math.min(...here.map((mark) => mark.sure));
    const chosen = here.filter((mark) => mark.sure === best);
    return (chosen.find((mark) => mark.start >= start) ?? chosen.at(-1)).value;
  }

  #ids(text) {
    const { ID, EIGHT } = this.tools.patterns.fields;
    for (const rest of ID.all(text)) {
      const start = rest.index - 8;
      if (start < 0 || !EIGHT.match(text, start, rest.index)) continue;
      const label = this.#idLabel(text.slice(Math.max(start - LOOK_BACK, 0), start));
      if (label) this[label[1]].push({ start, sure: label[0], value: text.slice(start, end(rest)).replace(/\s+/gu, "") });
    }
  }

  #idLabel(tail) {
    const lower = tail.toLowerCase();
    const usual = trimEnd(lower, ' :"\\n');
    const found = USUAL[usual.slice(-14)] ?? USUAL[usual.slice(-13)] ?? USUAL[usual.slice(-8)] ?? USUAL[usual.slice(-7)];
    if (found) return found;
    const bare = this.#bare(tail, tail.endsWith("{") ? "{" : "");
    const { BEHIND_TIME, GATEWAY_ID } = this.tools.patterns.fields;
    if (BEHIND_TIME.search(lower)) return [1, "correlation"];
    if (tail.length - bare.length <= 26) {
      const words = lower.slice(0, bare.length);
      for (const [sure, kind, pattern] of this.tools.idLabels) {
        if (!pattern.search(words, Math.max(words.length - 30, 0))) continue;
        if (kind === "trace" && sure === 1 && /(?:client|correlation)-request-id$/u.test(words)) continue;
        return [sure, kind];
      }
    }
    return GATEWAY_ID.search(lower) ? [1, "trace"] : null;
  }

  #bare(tail, more = "") {
    const gap = this.tools.gap + more;
    const bare = trimEnd(tail, gap);
    return bare.endsWith("u") && ["'", '"'].includes(tail[bare.length]) ? trimEnd(bare.slice(0, -1), this.tools.gap) : bare;
  }

  #times(text) {
    const { CLOCK, ISO, DATE, ZONE, SHORT_DATE } = this.tools.patterns.fields;
    for (const clock of CLOCK.all(text)) {
      const colon = clock.index;
      const date = (colon >= 13 && ISO.match(text, colon - 13, colon)) || DATE.search(text, Math.max(colon - 24, 0), colon);
      const zone = ZONE.match(text, end(clock));
      const stop = zone ? end(zone) : end(clock);
      if (!date) {
        const short = SHORT_DATE.search(text, Math.max(colon - 14, 0), colon);
        if (short && (short[0].startsWith("\n") || short.index === 0)) {
          const from = short.index + short[0].length - short.groups.date.length;
          this.time.push({ start: from, sure: 3, value: text.slice(from, end(clock)) });
        }
        continue;
      }
      const tail = text.slice(Math.max(date.index - LOOK_BACK, 0), date.index);
      const sure = this.#timeLabel(tail, date.index <= LOOK_BACK);
      if (sure !== null) this.time.push({ start: date.index, sure, value: text.slice(date.index, stop).split(/\s+/u).join(" ") });
    }
  }

  #timeLabel(tail, atStart) {
    if (tail.endsWith("Timestamp: ") || tail.endsWith('"timestamp":"')) return 0;
    const words = this.#bare(tail).slice(-40).toLowerCase();
    const { BRACKET, GATEWAY_TIME, PLAIN_LABEL, LINE_START } = this.tools.patterns.fields;
    if (this.tools.footers.some((word) => words.endsWith(word))) return 0;
    if (BRACKET.search(tail) || GATEWAY_TIME.search(tail)) return 1;
    if (this.tools.timeLabels.some((word) => words.endsWith(word)) || PLAIN_LABEL.search(tail.toLowerCase())) return 2;
    const start = LINE_START.search(tail);
    return start && (start[0].startsWith("\n") || atStart) ? 3 : null;
  }
}

const within = (marks, low, high) => marks.filter((mark) => mark.start >= low && mark.start < high);
