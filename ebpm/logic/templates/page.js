"use strict";
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function speak(lang) {
  document.documentElement.lang = lang;
  for (const edition of all("[data-edition]")) edition.hidden = edition.dataset.edition !== lang;
  for (const button of all("nav button")) button.setAttribute("aria-pressed", String(button.lang === lang));
  document.title = one(`[data-edition="${lang}"] h1`).textContent;
}

function explore(edition) {
  const picture = one(".board > svg", edition), panel = one(".panel", edition);
  const nodes = all(".node", picture), links = all(".link", picture), parts = [...nodes, ...links];
  const whole = picture.getAttribute("viewBox").split(" ").map(Number);
  let view = [...whole], opened = null, dragged = null;

  const show = () => picture.setAttribute("viewBox", view.map((value) => value.toFixed(1)).join(" "));
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  function move(right, down) {
    view[0] = clamp(view[0] + right, whole[0], whole[0] + whole[2] - view[2]);
    view[1] = clamp(view[1] + down, whole[1], whole[1] + whole[3] - view[3]);
    show();
  }
  function zoom(factor) {
    const wide = clamp(view[2] * factor, whole[2] / 8, whole[2]), tall = wide * whole[3] / whole[2];
    view = [view[0] + (view[2] - wide) / 2, view[1] + (view[3] - tall) / 2, wide, tall];
    move(0, 0);
  }
  const step = () => view[2] / 8;
  const tools = {
    in: () => zoom(0.8), out: () => zoom(1.25), whole: () => { view = [...whole]; show(); },
    left: () => move(-step(), 0), right: () => move(step(), 0), up: () => move(0, -step()), down: () => move(0, step()),
  };

  function reach(part) {
    for (const other of part.classList.contains("node") ? nodes : links) other.setAttribute("tabindex", other === part ? "0" : "-1");
    part.focus();
    const box = part.getBBox();
    if (box.x < view[0] || box.x + box.width > view[0] + view[2]) view[0] = box.x + box.width / 2 - view[2] / 2;
    if (box.y < view[1] || box.y + box.height > view[1] + view[3]) view[1] = box.y + box.height / 2 - view[3] / 2;
    move(0, 0);
  }
  function near(part) {
    if (part.classList.contains("link")) return part.dataset.ends.split(" ");
    return [part.dataset.id, ...part.dataset.before.split(" "), ...part.dataset.after.split(" ")];
  }
  function open(part) {
    close();
    opened = part;
    part.classList.add("open");
    part.setAttribute("aria-expanded", "true");
    const ids = new Set(near(part));
    for (const node of nodes) node.classList.toggle("near", ids.has(node.dataset.id));
    for (const link of links) {
      const ends = link.dataset.ends.split(" ");
      link.classList.toggle("near", link === part || ends.includes(part.dataset.id));
    }
    picture.classList.add("chosen");
    const detail = document.getElementById(part.dataset.detail);
    const title = document.createElement("h2"), facts = one("dl", detail);
    title.textContent = one("h3", detail).textContent;
    one(".said", panel).replaceChildren(title, ...(facts ? [facts.cloneNode(true)] : []));
    panel.hidden = false;
    panel.scrollTop = 0;
  }
  function close() {
    if (!opened) return;
    opened.classList.remove("open");
    opened.setAttribute("aria-expanded", "false");
    picture.classList.remove("chosen");
    panel.hidden = true;
    opened = null;
  }
  function along(part, key) {
    if (part.classList.contains("link")) return links[links.indexOf(part) + (key === "ArrowRight" || key === "ArrowDown" ? 1 : -1)];
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const id = (key === "ArrowLeft" ? part.dataset.before : part.dataset.after).split(" ")[0];
      return nodes.find((node) => node.dataset.id === id);
    }
    const column = nodes.filter((node) => node.dataset.column === part.dataset.column);
    return column[column.indexOf(part) + (key === "ArrowDown" ? 1 : -1)];
  }

  const keys = { "+": tools.in, "=": tools.in, "-": tools.out, "0": tools.whole };
  const panned = { ArrowLeft: tools.left, ArrowRight: tools.right, ArrowUp: tools.up, ArrowDown: tools.down };
  picture.addEventListener("keydown", (event) => {
    const part = event.target.closest(".node, .link");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in keys) keys[event.key]();
    else if (event.key in panned && event.shiftKey) panned[event.key]();
    else if (event.key in panned && part) { const next = along(part, event.key); if (next) reach(next); }
    else if ((event.key === "Enter" || event.key === " ") && part) { open(part); panel.focus(); }
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  function back() { const part = opened; close(); if (part) part.focus(); }
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") back(); });
  one("button", panel).addEventListener("click", back);
  for (const part of parts) part.addEventListener("click", () => { if (!dragged?.far) open(part); });
  for (const button of all(".tools button", edition)) button.addEventListener("click", () => tools[button.dataset.tool]());

  picture.addEventListener("pointerdown", (event) => { dragged = { x: event.clientX, y: event.clientY, held: true, far: false }; });
  picture.addEventListener("pointermove", (event) => {
    if (!dragged?.held) return;
    const scale = view[2] / picture.clientWidth, right = event.clientX - dragged.x, down = event.clientY - dragged.y;
    if (Math.hypot(right, down) < 4 && !dragged.far) return;
    move(-right * scale, -down * scale);
    dragged = { x: event.clientX, y: event.clientY, held: true, far: true };
  });
  for (const end of ["pointerup", "pointerleave"]) picture.addEventListener(end, () => { if (dragged) dragged.held = false; });
}

for (const button of all("nav button")) button.addEventListener("click", () => speak(button.lang));
for (const edition of all("div[data-edition]")) explore(edition);
for (const hidden of all(".needs-script")) hidden.hidden = false;
