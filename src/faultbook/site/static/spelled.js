// Codes that are plain words, and the other spellings of an entry. The counterpart of faultbook/recognise/spelled.py.

import { formAfter, hit } from "./families.js";

const BEGUN = 3;

export class Spelled {
  constructor(codes) {
    this.codes = codes;
    this.names = new Map();
    for (const name of Object.keys(codes).sort((a, b) => b.length - a.length)) {
      const begun = name.slice(0, BEGUN);
      this.names.set(begun, [...(this.names.get(begun) ?? []), name]);
    }
  }

  // Every such word, the longest one at each place.
  hits(text, tools) {
    const { WORD, WITHIN } = tools.patterns.spelled;
    const found = [];
    for (const { index: start, 0: begun } of WORD.all(text)) {
      const name = (this.names.get(begun) ?? []).find((one) => text.startsWith(one, start) && !WITHIN.match(text, start + one.length));
      if (name === undefined) continue;
      const end = start + name.length;
      found.push(hit(this.codes[name], "by-name", start, end, formAfter(text, end, tools), 46));
    }
    return found;
  }
}
