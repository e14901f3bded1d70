// Giving evidence and watching a diagnosis. All of it works without this: here files can be dropped and taken back, and what is going on is shown.

const shown = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`);

function made(name, words, role) {
  const one = document.createElement(name);
  if (words) one.textContent = words;
  if (role) one.className = role;
  return one;
}

// The files of a form, as the browser's own field holds them: what is sent is always what is listed.
function fileField(form) {
  const drop = form.querySelector(".drop");
  const input = drop.querySelector("input");
  const list = drop.querySelector(".chosen");
  const most = { files: Number(form.dataset.files), bytes: Number(form.dataset.bytes) };
  for (const one of drop.querySelectorAll("[data-with-files]")) one.hidden = false;

  function set(files) {
    const held = new DataTransfer();
    for (const one of files) held.items.add(one);
    input.files = held.files;
    list_();
  }

  function list_() {
    const files = [...input.files];
    const sum = files.reduce((all, one) => all + one.size, 0);
    const rows = files.map((one, at) => {
      const row = made("li");
      const away = made("button", "Take back");
      away.type = "button";
      away.setAttribute("aria-label", `Take back ${one.name}`);
      away.addEventListener("click", () => {
        set(files.filter((_, other) => other !== at));
        (list.querySelector("button") ?? input).focus();
      });
      row.append(made("span", one.name), made("span", shown(one.size), "much"), away);
      return row;
    });
    if (files.length) {
      const over = files.length > most.files || sum > most.bytes;
      const last = made("li", "", over ? "sum too-much" : "sum");
      const limit = over ? `, more than the ${most.files} files and ${shown(most.bytes)} that are taken` : "";
      last.append(made("span", `${files.length} ${files.length === 1 ? "file" : "files"}${limit}`), made("span", shown(sum), "much"));
      rows.push(last);
    }
    list.replaceChildren(...rows);
    list.hidden = !files.length;
  }

  let before = [];
  input.addEventListener("click", () => { before = [...input.files]; });
  input.addEventListener("change", () => set(without_twins([...before, ...input.files])));
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over-it"); });
  }
  drop.addEventListener("dragleave", (event) => { if (!drop.contains(event.relatedTarget)) drop.classList.remove("over-it"); });
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over-it");
    const dropped = await within([...event.dataTransfer.items]);
    set(without_twins([...input.files, ...(dropped.length ? dropped : event.dataTransfer.files)]));
  });
  list_();
}

const without_twins = (files) => [...new Map(files.map((one) => [`${one.name} ${one.size} ${one.lastModified}`, one])).values()];

// What was dropped, folders opened.
async function within(items) {
  const entries = items.map((one) => one.webkitGetAsEntry?.()).filter(Boolean);
  const files = [];
  const open = async (entry) => {
    if (files.length >= 1000) return;
    if (entry.isFile) {
      files.push(await new Promise((fine, wrong) => entry.file(fine, wrong)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((fine, wrong) => reader.readEntries(fine, wrong));
      if (!some.length) return;
      for (const one of some) await open(one);
    }
  };
  for (const one of entries) await open(one);
  return files;
}

// Send with a bar; where the answer is a page, go there; where it is a refusal, say it here and keep what was written.
function send(form) {
  const place = form.querySelector(".sending");
  const buttons = form.querySelectorAll("button");
  const request = new XMLHttpRequest();
  const bar = made("progress");
  const words = made("span", "Sending the files");
  place.replaceChildren(words, bar);
  for (const one of buttons) one.disabled = true;
  const over = (...nodes) => {
    place.replaceChildren(...nodes);
    for (const one of buttons) one.disabled = false;
  };
  const refused = (what, todo) => {
    const box = made("div", "", "wrong");
    box.append(made("p", what), made("p", todo));
    over(box);
    place.scrollIntoView({ block: "nearest" });
  };
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.max = event.total;
    bar.value = event.loaded;
    words.textContent = event.loaded < event.total ? `Sending: ${shown(event.loaded)} of ${shown(event.total)}` : "Sent. Reading the evidence";
    if (event.loaded >= event.total) bar.removeAttribute("value");
  });
  request.addEventListener("load", () => {
    if (request.status < 400 && request.responseURL) {
      place.replaceChildren();
      for (const one of buttons) one.disabled = false;
      location.assign(request.responseURL);
      return;
    }
    let told = {};
    try { told = JSON.parse(request.responseText); } catch { /* no JSON: what is said below will do */ }
    refused(told.detail ?? `The service answered ${request.status}.`, [told.why, told.do].filter(Boolean).join(" "));
  });
  request.addEventListener("error", () => refused("The files could not be sent.", "The connection broke, or more was sent than is taken. Send less at once, or try again."));
  request.open("POST", form.action);
  request.setRequestHeader("accept", "application/json");
  request.send(new FormData(form));
}

for (const form of document.querySelectorAll("form.give")) {
  fileField(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

// Watch until there is something to see.
const watch = document.querySelector("[data-watch]");
if (watch) {
  const words = watch.querySelector(".doing");
  const look = async () => {
    try {
      const answer = await fetch(watch.dataset.watch, { headers: { accept: "application/json" }, cache: "no-store" });
      const now = await answer.json();
      if (!answer.ok || now.state !== "working") {
        location.reload();
        return;
      }
      if (words.textContent !== now.words) words.textContent = now.words;
    } catch {
      words.textContent = "The service does not answer at the moment; trying again";
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 700);
}
