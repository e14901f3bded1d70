// Search in the browser: the same files, pages and order of answers as the service gives, from an index that is loaded when it is first used.

const root = document.documentElement.dataset.root;
const IDLE = new Set(("a an and are as at be by can do does for from has have how i if in is it me my not of on or our the this that to was we "
  + "what when why will with you your").split(" "));
const MOST = 30;
const loaded = new Map();

export async function file(name) {
  if (!loaded.has(name)) {
    loaded.set(name, fetch(`${root}data/${name}.json`).then((answer) => {
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
      return answer.json();
    }));
    loaded.get(name).catch(() => loaded.delete(name));
  }
  return loaded.get(name);
}

// Every code as an object, those with an entry first: `names` are all, `rows` those that no other one answers, `byCode` leads from each to the one that answers.
export async function codes() {
  const data = await file("codes");
  data.names ??= [
    ...data.entries.map(([code, name, summary, severity, first, aliases, family, causes]) =>
      ({ code, name, summary, severity, first, aliases, family: data.families[family] ?? "", kind: "error", entry: true, causes })),
    ...data.known.map(([code, name, family, kind, note]) =>
      ({ code, name, summary: note, family: data.families[family], kind, entry: false, aliases: [] })),
  ];
  data.byCode ??= new Map([
    ...data.names.map((one) => [one.code, one]),
    ...data.names.flatMap((one) => one.aliases.map((code) => [code, one])),
  ]);
  data.rows ??= data.names.filter((one) => data.byCode.get(one.code) === one);
  return data;
}

// The counterpart of faultbook/book/pages.py: no case, no separators, no leading noughts of the number behind a word.
export function keyOf(text) {
  const key = text.slice(0, 200).replace(/[ \t\r\n_\-:.,;#'"()[\]]/gu, "").toUpperCase();
  const [word, number] = [key.replace(/[0-9]+$/u, ""), /[0-9]*$/u.exec(key)[0]];
  return /^\p{L}+$/u.test(word) ? word + (number.replace(/^0+/u, "") || number.slice(0, 1)) : key;
}

// The counterpart of faultbook/site/paths.py.
export function pathOf(code) {
  let safe = "";
  [...code].forEach((sign, at) => {
    safe += /[A-Za-z0-9_.=-]/u.test(sign) && !(sign === "." && at === 0) ? sign
      : [...new TextEncoder().encode(sign)].map((byte) => `~${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
  return `${root}e/${safe}${/^[a-z][A-Za-z_.-]*$/u.test(code) ? "~" : ""}`;
}

// The one code that a spelling means; null where it is none or several.
export function meant(text, rows) {
  const said = text.trim();
  const exact = rows.find((one) => one.code === said) ?? rows.find((one) => one.aliases.includes(said));
  if (exact) return exact;
  const key = keyOf(text);
  if (!key) return null;
  for (const spelt of [(one) => [one.code], (one) => one.aliases, (one) => [...short(one.code), one.name]]) {
    const found = rows.filter((one) => spelt(one).some((word) => word && keyOf(word) === key));
    if (found.length) return found.length === 1 ? found[0] : null;
  }
  return null;
}

function short(code) {
  const folded = code.toUpperCase();
  if (folded.startsWith("AADSTS")) return [folded.slice(6)];
  return folded.startsWith("0X") ? [folded.slice(2)] : [];
}

export async function search(query) {
  const { rows } = await codes();
  const index = await file("words");
  const found = new Map();
  const put = (one, score) => found.set(one, (found.get(one) ?? 0) + score);
  const key = keyOf(query);
  if (key.length >= 3 && /[0-9]/u.test(key)) {
    for (const one of rows) {
      const keys = [one.code, ...short(one.code), ...one.aliases].map(keyOf);
      if (keys.some((word) => word.startsWith(key))) put(one, 1000 - keyOf(one.code).length);
    }
  }
  const all = [...new Set(query.toLowerCase().slice(0, 2000).match(/[\p{L}\p{N}]{2,40}/gu) ?? [])];
  const busy = all.filter((word) => !IDLE.has(word));
  const terms = (busy.length ? busy : all).slice(0, 12);
  const each = terms.map((term) => matches(term, rows, index));
  const whole = each.length ? [...each[0].keys()].filter((one) => each.every((map) => map.has(one))) : [];
  const some = whole.length >= 3 ? whole : each.flatMap((map) => [...map.keys()]);
  for (const one of new Set(some)) put(one, each.reduce((sum, map) => sum + (map.get(one) ?? 0), whole.includes(one) ? 100 : 0));
  return [...found].sort(([a, x], [b, y]) => y - x || b.entry - a.entry || (a.code < b.code ? -1 : 1)).slice(0, MOST).map(([one]) => one);
}

// Each code in which a word, a word that begins so, or nearly that word stands, with how much that says.
function matches(term, rows, index) {
  const found = new Map();
  const add = (word, share) => {
    const at = place(index.words, word);
    const pairs = index.words[at] === word ? index.at[at] : [];
    const rare = Math.log(1 + rows.length / (1 + pairs.length / 2));
    for (let i = 0; i < pairs.length; i += 2) {
      const one = rows[pairs[i]];
      found.set(one, Math.max(found.get(one) ?? 0, share * rare * Math.sqrt(pairs[i + 1])));
    }
  };
  add(term, 1);
  const stem = term.replace(/(?:ing|ed|es|s)$/u, "");
  for (const begin of new Set([term, stem.length >= 4 ? stem : term])) {
    for (let at = place(index.words, begin); at < index.words.length && index.words[at].startsWith(begin); at += 1) {
      if (index.words[at] !== term) add(index.words[at], begin.length / index.words[at].length);
    }
  }
  for (const one of rows) {
    if (!one.entry && `${one.code} ${one.name} ${one.summary}`.toLowerCase().replaceAll("_", " ").includes(term)) found.set(one, found.get(one) ?? 3);
  }
  if (!found.size && term.length >= 4) for (const word of index.words) if (near(term, word)) add(word, 0.5);
  return found;
}

function place(words, word) {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle] < word) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Whether two words differ by one letter, or by two that changed places.
function near(one, other) {
  if (Math.abs(one.length - other.length) > 1 || one[0] !== other[0]) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const [a, b] = [one.slice(at), other.slice(at)];
  return a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) || (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2));
}
