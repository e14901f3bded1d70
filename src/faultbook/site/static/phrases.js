// Fragments of messages found in a text by the pairs of neighbouring words they are made of. The counterpart of faultbook/recognise/phrases.py.

const NOT = { "can't": ["cannot"], "won't": ["will", "not"], "shan't": ["shall", "not"] };
const FILLED = 0.1;
const COMMON = 48;
const SLACK = 6;
const ENOUGH = [[0.99, 0.85], [0.74, 2.6], [0.5, 5.5]];
const SURER = 0.35;

export class Phrases {
  // `data` holds the fragments, as [codes, text, surroundings], and the words of every prose.
  constructor(data, patterns) {
    this.pattern = patterns.WORD;
    const filling = new Set(data.filling);
    const split = data.fragments.map(([codes, text, needs]) => ({
      fragment: { codes, needs }, parts: holes(text, patterns.HOLE).map((part) => words(part, this.pattern)),
    }));
    const rarity = rarityOf(split.map((one) => one.parts), filling);
    const often = new Map();
    for (const one of split) {
      one.pairs = new Map(one.parts.flatMap(pairsOf).map((pair) => [key(pair), pair]));
      for (const name of one.pairs.keys()) often.set(name, (often.get(name) ?? 0) + 1);
    }
    this.weight = new Map();
    this.alone = new Set();
    this.with = new Map();
    this.phrases = split.map(({ fragment, parts, pairs }, at) => {
      let total = 0;
      for (const [name, pair] of pairs) {
        if (often.get(name) > COMMON) continue;
        const weight = (rarity.get(pair[0]) + (pair[1] ? rarity.get(pair[1]) : 0)) / 2;
        this.weight.set(name, weight);
        if (!pair[1]) this.alone.add(pair[0]);
        this.with.set(name, [...(this.with.get(name) ?? []), at]);
        total += weight;
      }
      return { fragment, total, reach: parts.reduce((sum, part) => sum + part.length, 0) + SLACK * parts.length };
    });
  }

  // Every fragment that stands in the text, as far as it does; one that stands inside a weightier one is part of it.
  find(text) {
    const here = [...words(text, this.pattern), ""];
    const places = new Map();
    for (let place = 0; place + 1 < here.length; place += 1) {
      const [word, after] = [here[place], here[place + 1]];
      const names = after && this.alone.has(word) ? [key([word, after]), key([word, ""])] : [key([word, after])];
      for (const name of names) {
        for (const at of this.with.get(name) ?? []) {
          if (!places.has(at)) places.set(at, []);
          places.get(at).push([place, name]);
        }
      }
    }
    const found = [];
    for (const [at, hits] of places) {
      const match = this.#match(this.phrases[at], hits);
      if (match) found.push(match);
    }
    return outermost(found);
  }

  // The stretch of the text that holds most of a fragment, if that is enough.
  #match(phrase, hits) {
    let best = 0;
    let now = 0;
    let first = 0;
    let span = [0, 0];
    const inside = new Map();
    for (const [place, name] of hits) {
      if (!inside.get(name)) now += this.weight.get(name);
      inside.set(name, (inside.get(name) ?? 0) + 1);
      while (place - hits[first][0] > phrase.reach) {
        const gone = hits[first][1];
        inside.set(gone, inside.get(gone) - 1);
        if (!inside.get(gone)) now -= this.weight.get(gone);
        first += 1;
      }
      if (now > best) {
        best = now;
        span = [hits[first][0], place];
      }
    }
    const share = phrase.total ? best / phrase.total : 0;
    const sure = best + (phrase.fragment.needs ? SURER : 0);
    const enough = ENOUGH.some(([part, least]) => share >= part && sure >= least);
    return enough ? { fragment: phrase.fragment, weight: best, first: span[0], last: span[1] } : null;
  }
}

// Matches that do not lie within a weightier one.
function outermost(found) {
  const kept = [];
  for (const match of found.sort((one, other) => other.weight - one.weight)) {
    const within = (other) => other.first <= match.first && match.last <= other.last && other.weight > match.weight;
    if (!kept.some(within)) kept.push(match);
  }
  return kept;
}

const key = (pair) => `${pair[0]} ${pair[1]}`;

// Neighbours; a word alone between two holes is a pair with nothing.
const pairsOf = (part) => part.length > 1 ? part.slice(1).map((word, at) => [part[at], word]) : part.map((word) => [word, ""]);

function holes(text, pattern) {
  const found = [];
  let from = 0;
  for (const hole of pattern.all(text)) {
    found.push(text.slice(from, hole.index));
    from = hole.index + hole[0].length;
  }
  return [...found, text.slice(from)];
}

// The words of a text as they are compared: without case, contractions written out, one spelling of -ize.
function words(text, pattern) {
  const found = [];
  for (const [word] of pattern.all(text.toLowerCase())) {
    if (!word.includes("'")) found.push(word.replaceAll("isation", "ization"));
    else if (word.endsWith("n't")) found.push(...(NOT[word] ?? [word.slice(0, -3), "not"]));
    else if (word.endsWith("'re")) found.push(word.slice(0, -3), "are");
    else if (word.endsWith("'ve")) found.push(word.slice(0, -3), "have");
    else found.push(word);
  }
  return found;
}

// How much a word tells, from hardly anything (it is everywhere) to 1 (it stands in one fragment).
function rarityOf(texts, filling) {
  const often = new Map();
  for (const parts of texts) {
    for (const word of new Set(parts.flat())) often.set(word, (often.get(word) ?? 0) + 1);
  }
  const scale = Math.log(texts.length + 1);
  return new Map([...often].map(([word, count]) =>
    [word, filling.has(word) ? FILLED : Math.log((texts.length + 1) / count) / scale]));
}
