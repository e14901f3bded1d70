// Guesses for a message that prints no code. The counterpart of faultbook/recognise/wording.py.

import { Phrases } from "./phrases.js";

const REACH = 65536;
const MOST = 5;
const NAMED = 9;
const NAME_WORDS = 5;
const FILLING = new Set(["delta", "in", "the", "of", "for", "to", "not"]);

const stems = (texts) => new Set(texts.map((word) => word.toLowerCase().replace(/(?<=[\p{L}\p{N}_]{4})(?:ing|ed|es|s)$/u, "")));

export class Wording {
  // `data` is the part `wording` of data/patterns.json, `patterns` are the compiled ones, `conditions` the names of conditions of Spark.
  constructor(data, patterns, conditions) {
    this.names = data.names;
    this.patterns = patterns;
    this.needs = data.needs;
    this.phrases = new Phrases(data, patterns.phrases);
    this.conditions = conditions;
    this.byRarest = rarest(conditions);
  }

  // The codes that a plain text may stand for, the likeliest first; none where nothing fits.
  candidates(whole) {
    const text = whole.slice(0, REACH);
    const found = new Map();
    for (const [code, score] of [...this.#byName(text), ...this.#byPhrase(text), ...this.#byCondition(text)]) {
      found.set(code, [...(found.get(code) ?? []), score]);
    }
    const total = (scores) => {
      const most = Math.max(...scores);
      return most + (scores.reduce((sum, one) => sum + one, 0) - most) / 2;
    };
    return [...found].map(([code, scores]) => [code, total(scores)])
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, MOST).map(([code]) => code);
  }

  * #byName(text) {
    for (const found of this.patterns.wording.NAME.all(text)) {
      if (Object.hasOwn(this.names, found[0])) yield [this.names[found[0]], NAMED];
    }
    for (const found of this.patterns.wording.RAISED_BY.all(text)) {
      const code = `DELTA_${found[1].replace(/(?:Exception|Error)$/u, "").replace(/(?<=[a-z0-9])(?=[A-Z])/gu, "_").toUpperCase()}`;
      if (this.conditions.has(code)) yield [code, NAMED];
    }
  }

  * #byPhrase(text) {
    for (const { fragment, weight } of this.phrases.find(text)) {
      if (fragment.needs && !this.needs[fragment.needs].search(text)) continue;
      for (const [rank, code] of fragment.codes.entries()) yield [code, weight - rank / 100];
    }
  }

  // Conditions of Spark and Delta all of whose name's words stand in one sentence.
  * #byCondition(text) {
    if (!this.patterns.wording.CLUSTER.search(text)) return;
    for (const sentence of parts(text, this.patterns.wording.SENTENCE)) {
      const here = stems(this.patterns.wording.WORD.all(sentence).map((found) => found[0]));
      if (here.size < NAME_WORDS) continue;
      for (const stem of here) {
        for (const [code, own] of this.byRarest.get(stem) ?? []) {
          if (own.every((word) => here.has(word))) yield [code, 2 + own.length / 10];
        }
      }
    }
  }
}

// Every condition of enough words, found by the word of it that is rarest among all.
function rarest(conditions) {
  const own = new Map();
  const often = new Map();
  for (const code of conditions) {
    const kept = [...stems(code.split("_"))].filter((word) => !FILLING.has(word));
    own.set(code, kept);
    for (const word of kept) often.set(word, (often.get(word) ?? 0) + 1);
  }
  const found = new Map();
  for (const [code, kept] of own) {
    if (kept.length < NAME_WORDS) continue;
    const key = kept.reduce((best, word) =>
      often.get(word) < often.get(best) || (often.get(word) === often.get(best) && word < best) ? word : best);
    found.set(key, [...(found.get(key) ?? []), [code, kept]]);
  }
  return found;
}

// What stands between the matches of a pattern.
function parts(text, pattern) {
  const found = [];
  let from = 0;
  for (const cut of pattern.all(text)) {
    found.push(text.slice(from, cut.index));
    from = cut.index + cut[0].length;
  }
  return [...found, text.slice(from)];
}

