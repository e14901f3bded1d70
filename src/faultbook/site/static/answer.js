// What the box answers, written with the browser's own nodes: nothing that was pasted is ever taken for markup.

import { Recogniser } from "./recognise.js";
import { codes, file, meant, pathOf, search } from "./search.js";

const LONG = 120;
const MORE = "This page guesses only where it knows the wording of a message; the command line guesses more: faultbook diagnose error.txt";
const root = document.documentElement.dataset.root;
const STYLE = "./more.css";
let made;

// One for all, also while the first is being made.
function recogniser() {
  made ??= Promise.all([file("patterns"), codes()]).then(([patterns, { names }]) => new Recogniser(patterns, names));
  made.catch(() => { made = undefined; });
  return made;
}

export const scan = async (text) => (await recogniser()).scan(text);

function el(name, values = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(values)) if (value) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const link = (code) => el("a", { href: pathOf(code) }, code);
const badge = (word) => el("span", { class: `badge sev ${word}` }, word);

// The page of an entry does without the style of answers until there is one.
function styled() {
  const path = new URL(STYLE, import.meta.url).href;
  if ([...document.querySelectorAll("link[rel=stylesheet]")].some((one) => one.href === path)) return;
  document.head.append(el("link", { rel: "stylesheet", href: path }));
}

// The page to go to at once, or the answer to show here.
export async function answer(text) {
  const asked = text.trim();
  if (!asked) return {};
  const { rows, byCode } = await codes();
  const short = asked.length <= LONG && !asked.includes("\n");
  const one = short && meant(asked, rows);
  if (one) return { go: pathOf(one.code) };
  styled();
  const found = (await recogniser()).scan(text);
  if (found.primary || (!short && (found.mentions.length || found.candidates.length))) return { nodes: recognised(found, byCode) };
  const guesses = [...new Set([...found.candidates, ...found.mentions].map((code) => byCode.get(code)).filter(Boolean))];
  const hits = (await search(asked)).filter((one) => !guesses.includes(one));
  const nodes = listed([...guesses, ...hits], short ? asked : "");
  if (!short && !guesses.length) nodes.push(el("p", { class: "soft small" }, MORE));
  return { nodes };
}

export function listed(hits, query) {
  if (!hits.length) {
    return [el("h2", {}, "Nothing in the book speaks of that"), el("p", { class: "lead" },
      query && /[0-9]/u.test(query) ? "It is in none of the published lists that the book knows. That proves nothing: the lists are not complete. " : "",
      "Try fewer or other words, or paste the whole message with its code and ids. Or ", el("a", { href: `${root}browse` }, "browse the lists"), ".")];
  }
  return [el("h2", {}, `${hits.length} found`), el("ul", { class: "codes" }, ...hits.map(row))];
}

function row(one) {
  return el("li", {}, link(one.code), " ", one.severity ? badge(one.severity) : "", one.entry ? "" : el("span", { class: "badge unknown" }, "no entry yet"),
    " ", one.name ? el("span", { class: "name" }, one.name) : "", one.summary ? el("p", {}, one.summary) : "");
}

function recognised(found, byCode) {
  const nodes = [];
  const entry = found.primary ? byCode.get(found.primary.code) : null;
  if (found.primary) {
    nodes.push(el("p", { class: "over" }, "What your text says"), el("h2", { class: "code" }, found.primary.code), ...first(found.primary.code, entry));
  } else {
    nodes.push(el("h2", {}, "No error was recognised for certain"), el("p", { class: "lead" }, found.candidates.length
      ? "The text prints no code. By its wording it may be one of these; they are guesses."
      : "The text names codes, but none of them as an error that happened."));
  }
  nodes.push(...ids(found));
  const chain = found.primary?.chain ?? [];
  if (chain.length > 1) {
    nodes.push(el("h3", {}, "From the outside in"), el("ol", { class: "chain" }, ...chain.map((code) =>
      el("li", { class: code === found.primary.code ? "primary" : "" }, link(code), " ", byCode.get(code)?.summary ?? "")))); 
  }
  const rest = found.codes.filter((code) => !chain.includes(code));
  for (const [title, list] of [["Other errors in it", rest], ["Guesses, the likeliest first", found.candidates], ["Only mentioned", found.mentions]]) {
    if (list.length) nodes.push(el("h3", {}, title), el("ul", { class: "codes" }, ...list.map((code) => row(byCode.get(code) ?? { code, entry: false }))));
  }
  nodes.push(el("p", { class: "soft small" }, "Read in your browser. Nothing of the text was sent anywhere."));
  return nodes;
}

function first(code, entry) {
  const nodes = [];
  if (entry?.entry) {
    nodes.push(el("p", { class: "summary" }, entry.summary), el("dl", { class: "five" },
      el("div", {}, el("dt", {}, "Severity"), el("dd", {}, badge(entry.severity))),
      el("div", { class: "main" }, el("dt", {}, "Do first"), el("dd", {}, entry.first))));
  } else {
    nodes.push(el("p", { class: "summary" }, entry ? "A published code; the book has no entry for it yet." : "A code in none of the published lists that the book knows."));
  }
  if (entry) {
    nodes.push(el("p", { class: "next" }, el("a", { class: "button", href: pathOf(code) }, `Read the page of ${code}`),
      entry.causes ? el("a", { class: "button quiet", href: `${root}diagnose?code=${encodeURIComponent(code)}` }, "Diagnose with evidence") : ""));
  }
  return nodes;
}

function ids(found) {
  const rows = [["Time", found.timestamp], ["Correlation id", found.correlation_id], ["Trace id", found.trace_id]].filter(([, value]) => value);
  return rows.length ? [el("dl", { class: "ids" }, ...rows.flatMap(([title, value]) => [el("dt", {}, title), el("dd", {}, el("code", {}, value))]))] : [];
}
