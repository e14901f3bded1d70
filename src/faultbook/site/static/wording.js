// Guesses for a message that prints no code. The counterpart of faultbook/recognise/wording.py.

const WORD = /[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)?/gu;
const MOST = 5;

const words = (text) => (text.match(WORD) ?? []).map((word) => word.toLowerCase());
const pairs = (text) => {
  const found = words(text);
  return found.slice(1).map((word, at) => `${found[at]} ${word}`);
};
const stem = (word) => word.toLowerCase().replace(/(?<=[\p{L}\p{N}_]{4})(?:ing|ed|es|s)$/u, "");

export function candidates(text, data, names) {
  const reach = text.slice(0, 65536);
  const scored = new Map();
  for (const [code, score] of [...byName(reach, data), ...byPhrase(reach, data), ...byCondition(reach, names)]) {
    scored.set(code, Math.max(score, scored.get(code) ?? 0));
  }
  return [...scored].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, MOST).map(([code]) => code);
}

function* byName(text, data) {
  for (const found of text.matchAll(/(?<![A-Za-z0-9_])[A-Z][A-Za-z0-9]{7,100}/gu)) {
    if (Object.hasOwn(data.names, found[0])) yield [data.names[found[0]], 3];
  }
}

function* byPhrase(text, data) {
  const often = new Map();
  const phrases = data.phrases.map(([code, count, parts]) => ({ code, count, pairs: new Set(parts.flatMap(pairs)) }));
  for (const phrase of phrases) for (const pair of phrase.pairs) often.set(pair, (often.get(pair) ?? 0) + 1);
  const here = new Set(pairs(text));
  for (const phrase of phrases) {
    let matched = 0;
    let total = 0;
    for (const pair of phrase.pairs) {
      total += 1 / often.get(pair);
      if (here.has(pair)) matched += 1 / often.get(pair);
    }
    if (matched / total >= 0.6) yield [phrase.code, matched / total + Math.min(phrase.count, 40) / 100];
  }
}

function* byCondition(text, names) {
  for (const found of text.matchAll(/DeltaErrors\w{0,20}\$?\.(\w{4,120})\(/gu)) {
    const code = `DELTA_${found[1].replace(/(?:Exception|Error)$/u, "").replace(/(?<=[a-z0-9])(?=[A-Z])/gu, "_").toUpperCase()}`;
    if (names.conditions.has(code)) yield [code, 3];
  }
  if (!/spark|delta|databricks/iu.test(text)) return;
  for (const sentence of text.split(/[.;\n]{1,4}\s|\n\n/u)) {
    const here = new Set((sentence.replaceAll("\n", " ").match(WORD) ?? []).map(stem));
    if (here.size < 5) continue;
    for (const code of names.conditions) {
      const own = code.split("_").map(stem).filter((word) => !["delta", "in", "the", "of", "for", "to", "not"].includes(word));
      if (new Set(own).size >= 5 && own.every((word) => here.has(word))) yield [code, 0.7 + new Set(own).size / 50];
    }
  }
}
