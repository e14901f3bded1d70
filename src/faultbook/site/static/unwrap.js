// Takes the wrapping off a text: escapes, entities, colours, line prefixes. The counterpart of faultbook/recognise/unwrap.py.

const SAME = {};
for (const sign of "\u2018\u2019\u201a\u201b\u2032\u00b4") SAME[sign] = "'";
for (const sign of "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb") SAME[sign] = '"';
for (const sign of "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x0b\x0c\x85\u2028\u2029") SAME[sign] = " ";
SAME["\uff1a"] = ":";
SAME["\u2010"] = SAME["\u2011"] = "-";
const NAMED = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };

export function unwrap(text, patterns) {
  if (!patterns.QUICK.search(text) && !text.includes("+")) return text;
  text = spacesForPlus(text.replace(/[^\x00-\x0a\x0d-\x7f]|[\x0b\x0c]/gu, (sign) => SAME[sign] ?? sign));
  let plain = "";
  let done = 0;
  // The first line has no line break before it, yet its prefix is a prefix too.
  for (const found of patterns.WRAPPING.all(`\n${text}`)) {
    const begin = Math.max(found.index - 1, 0);
    const stop = found.index + found[0].length - 1;
    const put = replacement(found.groups);
    if (put === null || stop <= begin) continue;
    plain += text.slice(done, begin) + put;
    done = stop;
  }
  return plain + text.slice(done);
}

function replacement(group) {
  if (group.linked !== undefined) return group.linked;
  if (group.hex !== undefined) return character(parseInt(group.hex, 16));
  if (group.letter !== undefined) return { r: "\n", n: "\n", t: " " }[group.letter] ?? group.letter;
  if (group.slashes !== undefined) return null;
  if (group.entity !== undefined) return entity(group.entity);
  if (group.percent !== undefined) return character(parseInt(group.percent, 16));
  return group.break !== undefined ? "\n" : "";
}

function entity(name) {
  if (!name.startsWith("#")) return NAMED[name];
  const number = name[1] === "x" || name[1] === "X" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
  if (number === 0xa0) return " ";
  return number > 0 && number <= 0x10ffff && !(number >= 0xd800 && number <= 0xdfff) ? String.fromCodePoint(number) : "\ufffd";
}

function character(number) {
  if (number === 10 || number === 13) return "\n";
  if (number >= 0x2018 && number <= 0x201f) return number < 0x201c ? "'" : '"';
  if (number < 32 || number === 127 || (number >= 0xd800 && number <= 0xdfff) || (number >= 0x200b && number <= 0x200f)) return "";
  return number === 0xa0 ? " " : String.fromCodePoint(number);
}

// Blanks for the pluses of form-encoded words; a word with one plus (a time zone, a sum) keeps it.
function spacesForPlus(text) {
  if (text.split("+").length < 3) return text;
  return text.replace(/\S+/gu, (word) => (word.split("+").length > 2 ? word.replaceAll("+", " ") : word));
}
