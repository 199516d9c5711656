"use strict";

// Data is a stranger's: it is only ever set as text, and the page's policy runs no other script than this one.
const byId = (id) => document.getElementById(id);
const comparison = JSON.parse(byId("comparison").textContent);
const behaviours = new Map(comparison.properties.map((behaviour) => [behaviour.id, behaviour]));
const grid = byId("grid");
const idsOf = (row) => row.dataset.ids.split("\n");
// A row may stand for several properties; each is opened as the first of them.
const firsts = new Map(
  [...grid.querySelectorAll("tr.property")].flatMap((row) => idsOf(row).map((id) => [id, row.dataset.id])),
);
const dialog = byId("opened");

/** An element with attributes and children; strings become text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Addresses: #matrix, #charts, #compare/OLD/NEW, #property/ID and #property/ID/RELEASE.

const address = (...parts) => `#${parts.map(encodeURIComponent).join("/")}`;

function parts() {
  try {
    return location.hash.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return []; // typed by hand, and not an address
  }
}

// Where a reader goes back to from an opened property.
let before = "#matrix";

function route() {
  const [view, ...rest] = parts();
  if (view === "property" && behaviours.has(rest[0])) return open(...rest);
  if (dialog.open) dialog.close();
  before = location.hash || "#matrix";
  const shown = ["compare", "charts"].includes(view) ? view : "matrix";
  for (const section of document.querySelectorAll("main > [id^=view-]")) {
    section.hidden = section.id !== `view-${shown}`;
  }
  for (const link of document.querySelectorAll("nav a")) {
    link.ariaCurrent = link.hash === `#${shown}` ? "page" : null;
  }
  if (view === "compare") compare(...rest);
}

// The opened property.

function open(id, release) {
  byId("opened").querySelector("article").replaceChildren(byId(`property:${firsts.get(id)}`).content.cloneNode(true));
  const column = String(comparison.releases.indexOf(release));
  const way = [...dialog.querySelectorAll(".way")].find((one) => one.dataset.columns.split(" ").includes(column));
  way?.setAttribute("data-current", "");
  way?.querySelector("details")?.setAttribute("open", "");
  hideTip();
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  way?.scrollIntoView({ block: "nearest" });
}

dialog.addEventListener("close", () => {
  const [view, id, release] = parts();
  if (view !== "property") return; // closed by going elsewhere
  location.hash = before;
  const row = [...grid.querySelectorAll("tr.property")].find((one) => idsOf(one).includes(id));
  // What was focused has the focus again by itself; a page that was opened at a property had none.
  if (row && !row.hidden && !grid.contains(document.activeElement)) {
    move(row.cells[comparison.releases.indexOf(release) + 1]);
  }
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest(".close")) dialog.close();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const code = button.parentElement.querySelector("pre");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = "Press Ctrl+C";
  }
});

// The grid: one cell can be tabbed to, arrows move from there.

const shownRows = () => [...grid.querySelectorAll("tr.property, tr.strip")].filter((row) => !row.hidden);
let current = null;

function makeCurrent(cell) {
  if (current) current.tabIndex = -1;
  current = cell ?? null;
  if (current) current.tabIndex = 0;
}

function move(cell) {
  makeCurrent(cell);
  cell.focus();
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function openCell(cell) {
  const { id } = cell.parentElement.dataset;
  const release = comparison.releases[cell.cellIndex - 1];
  location.hash = release === undefined ? address("property", id) : address("property", id, release);
}

grid.addEventListener("keydown", (event) => {
  const cell = event.target.closest("tbody th, tbody td");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = shownRows();
  const [row, column] = [rows.indexOf(cell.parentElement), cell.cellIndex];
  const at = (toRow, toColumn) => rows[Math.max(0, Math.min(rows.length - 1, toRow))].cells[toColumn];
  const last = comparison.releases.length;
  const targets = {
    ArrowLeft: () => at(row, Math.max(0, column - 1)),
    ArrowRight: () => at(row, Math.min(last, column + 1)),
    ArrowUp: () => at(row - 1, column),
    ArrowDown: () => at(row + 1, column),
    PageUp: () => at(row - 10, column),
    PageDown: () => at(row + 10, column),
    Home: () => at(row, 0),
    End: () => at(row, last),
  };
  if (event.key === "Enter") openCell(cell);
  else if (event.key in targets) move(targets[event.key]());
  else return;
  event.preventDefault();
});
grid.addEventListener("click", (event) => {
  const cell = event.target.closest("tr.property > *, tr.strip > *");
  if (!cell) return;
  event.preventDefault();
  move(cell);
  openCell(cell);
});

// What a cell stands for, beside the cell that is pointed at or focused.

const tip = byId("tip");

function showTip(cell) {
  const { id, name } = cell.parentElement.dataset;
  const column = cell.cellIndex - 1;
  if (id === undefined || column < 0) return hideTip();
  const { states, at } = behaviours.get(id);
  const value = name === undefined ? cell.getAttribute("aria-label") : states[at[column]]?.observations[name];
  tip.textContent = `${comparison.releases[column]}: ${value ?? "not observed"}`;
  tip.hidden = false;
  cell.setAttribute("aria-describedby", "tip");
  const [box, size] = [cell.getBoundingClientRect(), tip.getBoundingClientRect()];
  tip.style.left = `${Math.max(4, Math.min(box.left, innerWidth - size.width - 4))}px`;
  tip.style.top = `${box.bottom + size.height + 8 < innerHeight ? box.bottom + 4 : box.top - size.height - 4}px`;
}

function hideTip() {
  tip.hidden = true;
  grid.querySelector("[aria-describedby]")?.removeAttribute("aria-describedby");
}

for (const [enter, leave] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  grid.addEventListener(enter, (event) => {
    const cell = event.target.closest("tbody td");
    if (cell) showTip(cell);
  });
  grid.addEventListener(leave, hideTip);
}
document.addEventListener("scroll", hideTip, { capture: true, passive: true });

// Filters.

const filters = byId("filters");

function filter() {
  const { text, chapter, outcome, changes } = Object.fromEntries(new FormData(filters));
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const body of grid.tBodies) {
    let empty = true;
    let shown = false;
    for (const row of body.rows) {
      if (row.matches(".property")) {
        const { outcomes } = row.dataset;
        const said = idsOf(row).filter((id) => words.every((word) => searched.get(id).includes(word)));
        shown =
          (!chapter || body.dataset.chapter === chapter) &&
          (!outcome || outcomes.split("|").includes(outcome)) &&
          (!changes || "changes" in row.dataset) &&
          said.length > 0;
        if (shown) count += said.length;
        empty &&= !shown;
      }
      row.hidden = !shown; // a strip follows its property
    }
    body.rows[0].hidden = empty;
  }
  byId("count").textContent = `${count} of ${behaviours.size} properties`;
  byId("empty").hidden = count > 0;
  if (!current || current.parentElement.hidden) makeCurrent(shownRows()[0]?.cells[0]);
}

const searched = new Map(
  comparison.properties.map(({ id, statement, states }) => {
    const names = states.flatMap((state) => Object.keys(state.observations));
    return [id, [id, statement, ...names].join(" ").toLowerCase()];
  }),
);
filters.addEventListener("input", filter);
filters.addEventListener("submit", (event) => event.preventDefault());

// Two releases: every verdict is looked up, none is made here.

const sides = byId("sides");

function compare(old, fresh) {
  const known = (label, otherwise) => {
    const number = comparison.releases.indexOf(label);
    return number < 0 ? Math.max(0, otherwise) : number;
  };
  const [i, j] = [known(old, comparison.releases.length - 2), known(fresh, comparison.releases.length - 1)];
  [sides.elements.old.value, sides.elements.new.value] = [i, j];
  const { effect, doubts } = comparison.answers[comparison.pairs[i][j]];
  const [title, meaning] = comparison.headlines[effect];
  const headline = element("div", { class: "headline", "data-effect": effect }, element("h2", {}, title), element("p", {}, meaning));
  if (doubts.length) headline.append(element("ul", {}, ...doubts.map((doubt) => element("li", {}, doubt))));
  byId("answer").replaceChildren(headline, ...(doubts.length ? [] : findings(i, j)));
}

function findings(i, j) {
  const found = comparison.properties.flatMap((behaviour) => {
    const [from, to] = [behaviour.at[i], behaviour.at[j]];
    const number = behaviour.findings.at(from).at(to);
    if (number < 0) return [];
    return [{ behaviour, ...comparison.findings[number], from: behaviour.states[from], to: behaviour.states[to] }];
  });
  const tally = new Map();
  for (const { verdict } of found) tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
  const notable = found.filter(({ verdict }) => verdict !== "same").sort((a, b) => b.effect - a.effect || isOld(a) - isOld(b));
  const counts = [...tally].map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  return [element("p", { class: "tally" }, counts), ...notable.map((one) => finding(one, comparison.releases[j]))];
}

const isOld = ({ verdict }) => verdict === "still failing";

function finding({ behaviour, verdict, effect, notes, advice, changes, from, to }, release) {
  const { id, statement } = behaviour;
  const link = element("a", { href: address("property", id, release) }, statement);
  const body = element("div", {}, element("p", {}, link), element("p", { class: "id" }, id));
  for (const note of notes) body.append(element("p", { class: "reason" }, note));
  if (to?.failure) body.append(element("pre", { class: "message" }, to.failure));
  for (const name of changes) {
    const side = (word, state) => element("dd", {}, `${word}  ${state.observations[name] ?? "nothing"}`);
    body.append(element("dl", { class: "change" }, element("dt", {}, name), side("OLD", from), side("NEW", to)));
  }
  if (advice) body.append(element("p", { class: "advice" }, advice));
  return element("article", { class: "finding", "data-effect": effect }, element("p", { class: "verdict" }, verdict), body);
}

sides.addEventListener("change", () => {
  const [old, fresh] = [sides.elements.old.value, sides.elements.new.value].map((i) => comparison.releases[i]);
  location.hash = address("compare", old, fresh);
});

// Light or dark: what the system says, until a reader says otherwise.

const theme = byId("theme");
const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function nameTheme() {
  theme.textContent = isDark() ? "Light" : "Dark";
}

theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);

nameTheme();
filter();
addEventListener("hashchange", route);
route();
