// Guesses for a message that prints no code. The counterpart of faultbook/recognise/wording.py and phrases.py.

import { Pattern } from "./patterns.js";

const MOST = 5;
const NAMED = 9;
const ROUNDING = 1e-9;
const NAME_WORDS = 5;
const FILLING = new Set(["delta", "in", "the", "of", "for", "to", "not"]);
const stem = (word) => word.toLowerCase().replace(/(?<=[\p{L}\p{N}_]{4})(?:ing|ed|es|s)$/u, "");
const stems = (words) => new Set(words.map(stem));

// What a table says of a word; *constructor* is a word too, and stands in no table.
const own = (table, word) => (Object.hasOwn(table, word) ? table[word] : undefined);

export class Wording {
  // `data` is what patterns.json says of wording, `names` are the published names.
  constructor(data, names, patterns) {
    this.data = data;
    this.patterns = patterns;
    this.needs = Object.fromEntries(Object.entries(data.needs).map(([name, source]) => [name, new Pattern(source)]));
    this.conditions = names.conditions;
    this.filling = new Set(data.filling);
    this.handsOn = new Set(data.handsOn);
    this.#prepare();
  }

  candidates(text) {
    const reach = text.slice(0, 65536);
    const evidence = [...this.#byName(reach), ...this.#byPhrase(reach), ...this.#byCondition(reach)];
    const scored = new Map();
    const counted = new Map();
    for (const one of evidence.sort(([, x], [, y]) => y - x)) {
      const [code, weight, first = -1, last = -1] = one;
      const others = counted.get(code) ?? [];
      const most = Math.min(this.data.seam, (last - first + 1) / 2);
      if (others.some(([from, to]) => Math.min(last, to) - Math.max(first, from) + 1 > most)) continue;
      scored.set(code, (scored.get(code) ?? 0) + (others.length ? weight / 2 : weight));
      counted.set(code, [...others, [first, last]]);
    }
    const behind = (code) => Number(this.handsOn.has(code));
    return [...scored].sort(([a, x], [b, y]) => behind(a) - behind(b) || y - x || (a < b ? -1 : 1)).slice(0, MOST).map(([code]) => code);
  }

  * #byName(text) {
    for (const found of this.patterns.wording.NAME.all(text)) {
      if (Object.hasOwn(this.data.names, found[0])) yield [this.data.names[found[0]], NAMED];
    }
    for (const found of this.patterns.wording.RAISED_BY.all(text)) {
      const name = found[1].replace(/(?:Exception|Error)$/u, "").replace(/(?<=[a-z0-9])(?=[A-Z])/gu, "_").toUpperCase();
      if (this.conditions.has(`DELTA_${name}`)) yield [`DELTA_${name}`, NAMED];
    }
  }

  * #byPhrase(text) {
    const here = new Map([["", true]]);
    const fits = ({ needs }) => here.get(needs) ?? here.set(needs, Boolean(this.needs[needs].search(text))).get(needs);
    for (const { phrase, weight, first, last } of this.#find(text, fits)) {
      for (const [rank, code] of phrase.codes.entries()) yield [code, weight - rank / 100, first, last];
    }
  }

  * #byCondition(text) {
    if (!this.patterns.wording.CLUSTER.search(text)) return;
    this.named ??= [...this.conditions].map((code) => [code, [...stems(code.split("_"))].filter((word) => !FILLING.has(word))])
      .filter(([, own]) => own.length >= NAME_WORDS);
    for (const sentence of text.split(/[.;\n]{1,4}\s|\n\n/u)) {
      const here = stems(this.patterns.wording.WORD.all(sentence).map((one) => one[0]));
      if (here.size < NAME_WORDS) continue;
      for (const [code, own] of this.named) if (own.every((word) => here.has(word))) yield [code, 2 + own.length / 10];
    }
  }

  #words(text) {
    const found = [];
    for (const [written] of this.patterns.phrases.WORD.all(text.toLowerCase())) {
      const word = written.replace(/^[bu]'/u, "");
      const ending = word.slice(word.lastIndexOf("'") + 1);
      if (!word.includes("'")) found.push(...(own(this.data.mistyped, word) ?? [word.replaceAll("isation", "ization")]));
      else if (word.endsWith("n't")) found.push(...(own(this.data.not, word) ?? [word.slice(0, -3), "not"]));
      else if (ending === "re" || ending === "ve") found.push(word.slice(0, -3), ending === "re" ? "are" : "have");
      else found.push(word);
    }
    return found;
  }

  // What each word and each pair of neighbours tells, and which fragments hold it.
  #prepare() {
    const { fragments, filled, common, slack } = this.data;
    const split = fragments.map(([codes, text, needs = "", sentence = 0]) =>
      ({ codes, needs, sentence, parts: text.split(/\{[^{}]{0,40}\}/u).map((part) => this.#words(part)) }));
    const stands = count(split.map(({ parts }) => new Set(parts.flat())));
    const scale = Math.log(split.length + 1);
    const rarity = new Map([...stands].map(([word, often]) =>
      [word, this.filling.has(word) ? filled : Math.log((split.length + 1) / often) / scale]));
    const paired = split.map((one) => ({ ...one, pairs: [...new Map(one.parts.flatMap(pairs).map((pair) => [pair.join(" "), pair])).values()] }));
    const often = count(paired.map((one) => one.pairs.map((pair) => pair.join(" "))));
    this.weight = new Map();
    this.alone = new Set();
    this.with = new Map();
    this.phrases = [];
    for (const one of paired) {
      let [total, untold] = [0, 0];
      for (const [word, after] of one.pairs) {
        const key = `${word} ${after}`;
        this.weight.set(key, (rarity.get(word) + (rarity.get(after) ?? 0)) / 2);
        total += this.weight.get(key);
        if (!after) this.alone.add(word);
        if (often.get(key) > common) {
          untold += this.weight.get(key);
          continue;
        }
        if (!this.with.has(key)) this.with.set(key, []);
        this.with.get(key).push(this.phrases.length);
      }
      const keys = one.pairs.map((pair) => pair.join(" "));
      this.phrases.push({ codes: one.codes, needs: one.needs, sentence: one.sentence, keys, total, common: untold,
        reach: one.parts.flat().length + slack * one.parts.length });
    }
  }

  // Only fragments that fit are looked at: what does not hides nothing.
  #find(text, fits) {
    const said = new Map();
    const here = [...this.#words(text), ""];
    for (let place = 0; place + 1 < here.length; place += 1) {
      const keys = [`${here[place]} ${here[place + 1]}`];
      if (here[place + 1] && this.alone.has(here[place])) keys.push(`${here[place]} `);
      for (const key of keys) {
        if (!said.has(key)) said.set(key, []);
        said.get(key).push(place);
      }
    }
    const hits = new Map();
    for (const [key, places] of said) {
      for (const at of this.with.get(key) ?? []) {
        if (!hits.has(at)) hits.set(at, []);
        hits.get(at).push(...places.map((place) => [place, key]));
      }
    }
    const found = [...hits].filter(([at]) => fits(this.phrases[at]))
      .map(([at, places]) => this.#match(this.phrases[at], places.sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1)), said)).filter(Boolean);
    const kept = [];
    for (const match of found.sort((a, b) => b.weight - a.weight)) {
      if (!kept.some((other) => other.first <= match.first && match.last <= other.last && other.weight > match.weight)) kept.push(match);
    }
    return kept;
  }

  // The stretch of the text that holds most of a fragment, if that is enough.
  #match(phrase, hits, said) {
    const inside = new Map();
    let [best, now, first, span] = [0, 0, 0, [0, 0]];
    for (const [place, key] of hits) {
      if (!inside.get(key)) now += this.weight.get(key);
      inside.set(key, (inside.get(key) ?? 0) + 1);
      while (place - hits[first][0] > phrase.reach) {
        const gone = hits[first][1];
        inside.set(gone, inside.get(gone) - 1);
        if (!inside.get(gone)) now -= this.weight.get(gone);
        first += 1;
      }
      if (now > best) [best, span] = [now, [hits[first][0], place]];
    }
    if (!this.#enough(phrase, best + phrase.common) && !phrase.sentence) return null;
    const [low, high] = [span[1] - phrase.reach, span[0] + phrase.reach];
    const weight = this.#inOrder(phrase, said, low, high);
    if (!this.#enough(phrase, weight) && !(phrase.sentence && this.#inOnePiece(phrase, said, low, high))) return null;
    const share = weight / phrase.total;
    return { phrase, weight: weight * share * share, first: span[0], last: span[1] };
  }

  // Whether so much of a fragment tells enough.
  #enough(phrase, weight) {
    const share = phrase.total ? weight / phrase.total : 0;
    const sure = weight + (phrase.needs ? this.data.surer : 0);
    return this.data.enough.some(([part, least]) => share >= part - ROUNDING && sure >= least);
  }

  // What those pairs of a fragment weigh that stand between two places of the text in the order of the fragment.
  #inOrder(phrase, said, low, high) {
    const chains = [];
    for (const key of phrase.keys) {
      const places = (said.get(key) ?? []).filter((place) => low <= place && place <= high);
      chains.push(...places.map((place) =>
        [place, this.weight.get(key) + Math.max(0, ...chains.filter(([at]) => at < place).map(([, weight]) => weight))]));
    }
    return Math.max(0, ...chains.map(([, weight]) => weight));
  }

  // Whether a piece of a sentence, no word of it missing, tells enough by itself.
  #inOnePiece(phrase, said, low, high) {
    const [part, least, shortest] = this.data.cut;
    const hits = phrase.keys.flatMap((key) => (said.get(key) ?? []).filter((place) => low <= place && place <= high).map((place) => [place, key]));
    let [begin, before, run] = [-1, -1, new Set()];
    for (const [place, key] of hits.sort(([a], [b]) => a - b)) {
      if (place > before + 1) [begin, run] = [place, new Set()];
      before = place;
      run.add(key);
      if (place - begin + 2 < shortest) continue;
      const weight = [...run].reduce((sum, one) => sum + this.weight.get(one), 0);
      if (weight >= least && weight >= part * phrase.total) return true;
    }
    return false;
  }
}

// Neighbours; a word alone between two holes is a pair with nothing.
const pairs = (part) => (part.length > 1 ? part.slice(1).map((word, at) => [part[at], word]) : part.map((word) => [word, ""]));

function count(groups) {
  const often = new Map();
  for (const group of groups) for (const one of group) often.set(one, (often.get(one) ?? 0) + 1);
  return often;
}
