// The box answers by itself. Everything else on these pages works without a script; what search and recognition need is loaded on first use.

const root = document.documentElement.dataset.root;
const box = document.querySelector(".ask");
const place = document.querySelector(".answer");
const work = () => import("./answer.js");

for (const note of document.querySelectorAll("[data-with-script]")) note.hidden = false;

function show(nodes, where) {
  where.replaceChildren(...nodes);
  where.hidden = false;
  where.focus({ preventScroll: true });
  where.scrollIntoView({ block: "nearest" });
}

async function ask(text, where) {
  try {
    const { answer } = await work();
    const { go, nodes } = await answer(text);
    if (go) location.assign(go);
    else if (nodes) show(nodes, where);
  } catch (wrong) {
    const line = document.createElement("p");
    line.textContent = `The parts of this site that search could not be loaded (${wrong.message}). Reload the page, or browse the lists.`;
    show([line], where);
  }
}

box?.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(box.elements.text.value, place);
});

box?.elements.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey || !box.elements.text.value.includes("\n")) && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    box.requestSubmit();
  }
});

// A whole message pasted into the line at the top is answered in place of the page: it must not go into an address.
document.querySelector(".find input")?.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text") ?? "";
  if (text.length <= 200 && !text.trim().includes("\n")) return;
  event.preventDefault();
  const main = document.querySelector("main");
  ask(text, main);
});

const query = new URLSearchParams(location.search).get("q");
if (box?.dataset.query === "address" && query) {
  box.elements.text.value = query;
  ask(query, place);
}
if (document.querySelector("[data-missing]")) {
  const path = location.pathname.startsWith(root) ? location.pathname.slice(root.length) : "";
  if (path.startsWith("e/")) ask(decodeURIComponent(path.slice(2).replace(/\/$/u, "")), place);
}
