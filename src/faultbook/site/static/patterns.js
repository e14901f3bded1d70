// Expressions of the recogniser, as they come with the page (data/patterns.json, made from the Python ones when the book is compiled).

export class Pattern {
  constructor(source) {
    this.source = source;
  }

  #made(kind, source, flags) {
    this[kind] ??= new RegExp(source, flags);
    return this[kind];
  }

  // The first match at or behind `from`; the text counts as ended at `to`.
  search(text, from = 0, to = text.length) {
    const made = this.#made("anywhere", this.source, "dgu");
    made.lastIndex = from;
    return made.exec(to < text.length ? text.slice(0, to) : text);
  }

  // A match that begins exactly at `from`.
  match(text, from = 0, to = text.length) {
    const made = this.#made("here", this.source, "dyu");
    made.lastIndex = from;
    return made.exec(to < text.length ? text.slice(0, to) : text);
  }

  // A match of everything from `from` to the end.
  whole(text, from = 0) {
    const made = this.#made("entire", `(?:${this.source})$`, "dyu");
    made.lastIndex = from;
    return made.exec(text);
  }

  all(text, from = 0, to = text.length) {
    const made = this.#made("anywhere", this.source, "dgu");
    made.lastIndex = 0;
    const within = to < text.length ? text.slice(0, to) : text;
    const found = [];
    made.lastIndex = from;
    for (let one = made.exec(within); one; one = made.exec(within)) {
      found.push(one);
      if (one[0] === "") made.lastIndex += 1;
    }
    return found;
  }
}

export const end = (found) => found.index + found[0].length;

// Where a named group of a match begins.
export const startOf = (found, name) => found.indices.groups[name][0];

export const around = (found, before, after) =>
  found.input.slice(Math.max(found.index - before, 0), Math.max(end(found) + after, 0));

export function trimEnd(text, signs) {
  let at = text.length;
  while (at > 0 && signs.includes(text[at - 1])) at -= 1;
  return text.slice(0, at);
}

export function trim(text, signs) {
  const rest = trimEnd(text, signs);
  let at = 0;
  while (at < rest.length && signs.includes(rest[at])) at += 1;
  return rest.slice(at);
}

// All patterns by module and name: patterns.mentions.CODE_LINE.
export function compiled(data) {
  const made = {};
  for (const [module, sources] of Object.entries(data)) {
    made[module] = {};
    for (const [name, source] of Object.entries(sources)) made[module][name] = new Pattern(source);
  }
  return made;
}
