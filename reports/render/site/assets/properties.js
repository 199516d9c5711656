// The properties by release, and what is known of one of them.

const filters = byId("filters");
const numbers = new Map(content.properties.map((one, number) => [one.id, number]));
const newestFirst = labels.map((_, column) => labels.length - 1 - column);
// A known failure is a failure, and so is a process that dies.
const FAILED = ["failed", "known failure", "crashed"];
const outcomesOf = (one) => one.at.map((state) => content.states[state]?.outcome ?? "not run");
const outcomes = content.properties.map(outcomesOf);
const searchedProperties = content.properties.map((one) => {
  const states = [...new Set(one.at)].flatMap((state) => content.states[state] ?? []).flatMap(({ reason, observations = {} }) => [reason, ...Object.keys(observations)]);
  const findings = (one.findings ?? []).flatMap((number) => [content.subjects[number].title, content.subjects[number].name]);
  return [one.id, one.statement, one.feature, one.advice, ...states, ...findings].filter(Boolean).join(" ").toLowerCase();
});
let rows = null;

/** Neighbouring releases on which a property is in one state, the newest first. */
function stretches(one) {
  const found = [];
  for (const column of newestFirst) {
    if (found.length && found.at(-1).state === one.at[column]) found.at(-1).columns.push(column);
    else found.push({ state: one.at[column], columns: [column] });
  }
  return found;
}

const inWords = (columns) => (columns.length === 1 ? labels[columns[0]] : `${labels[columns.at(-1)]} to ${labels[columns[0]]}`);

function strip(one) {
  const made = element("span", { class: "strip", role: "img", "aria-label": one.history, title: one.history });
  for (const { state, columns } of stretches(one)) {
    const outcome = content.states[state]?.outcome ?? "not run";
    const stretch = element("i", { "data-outcome": outcome }, FAILED.includes(outcome) ? "×" : "");
    stretch.style.flexGrow = columns.length;
    made.append(stretch);
  }
  return made;
}

/** The minor releases over the strips. */
function ruler() {
  const minors = newestFirst.map((column) => labels[column].split(".").slice(0, 2).join("."));
  const parts = [...new Set(minors)].map((minor) => {
    const made = element("i", {}, minor);
    made.style.flexGrow = minors.filter((one) => one === minor).length;
    return made;
  });
  return element("div", { class: "ruler", "aria-hidden": "true" }, element("span"), element("span", { class: "strip" }, ...parts));
}

function makeRows() {
  const chapters = new Map();
  rows = content.properties.map((one) => {
    const row = element("li", {}, element("a", { href: address("property", [one.id]) }, element("span", { class: "name" }, ...prose(one.feature ?? one.statement)), strip(one)));
    const chapter = chapterOf(one);
    if (!chapters.has(chapter)) chapters.set(chapter, []);
    chapters.get(chapter).push(row);
    return row;
  });
  const sections = [...chapters].map(([chapter, found]) =>
    element("section", { class: "chapter" }, element("h2", {}, chapter), element("ul", {}, ...found)),
  );
  byId("rows").replaceChildren(ruler(), ...sections);
}

const filtered = () => Object.fromEntries(new FormData(filters));

/** Show the properties that an address chooses. */
function showProperties(chosen) {
  const { elements } = filters;
  const lists = { chapter: "chapter", outcome: "outcome", on: "release" };
  for (const [name, what] of Object.entries(lists)) {
    const known = [...elements[name].options].map((option) => option.value);
    if (chosen[name] && !known.includes(chosen[name])) return showUnknown(`There is no ${what} ${chosen[name]} here.`);
    elements[name].value = chosen[name] ?? "";
  }
  if (elements.q.value !== (chosen.q ?? "")) elements.q.value = chosen.q ?? "";
  elements.changes.checked = Boolean(chosen.changes);
  if (!rows) makeRows();
  filter();
  document.title = "Properties of the Flax bridge";
  return "properties";
}

function filter() {
  const { q, chapter, outcome, on, changes } = filtered();
  const fits = finder(q);
  const wanted = outcome === "failed" ? FAILED : [outcome];
  const column = labels.indexOf(on);
  let count = 0;
  for (const [number, one] of content.properties.entries()) {
    const found = column < 0 ? outcomes[number] : [outcomes[number][column]];
    const shown =
      (!chapter || chapterOf(one) === chapter) &&
      (!outcome || found.some((each) => wanted.includes(each))) &&
      (!changes || Boolean(one.turns)) &&
      fits(searchedProperties[number]);
    rows[number].hidden = !shown;
    if (shown) count += 1;
  }
  for (const section of byId("rows").querySelectorAll("section")) {
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  byId("count").textContent = `${count} of ${content.properties.length} properties`;
  byId("empty").hidden = count > 0;
}

filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", () => {
  replaceAddress(address("properties", [], filtered()));
  filter();
});

// One property.

const dialog = byId("opened");

/** Open the panel of a property; false where there is none of this id. */
function openProperty(id) {
  const one = content.properties[numbers.get(id)];
  if (!one) return false;
  byId("property").replaceChildren(...panel(one));
  document.title = one.id;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  byId("opened-title").focus({ preventScroll: true });
  return true;
}

const chapterOf = ({ id }) => id.slice(0, id.indexOf("."));

/** Where pytest finds a property: its id says so. */
const nodeOf = ({ id }) => id.replace(/^(\w+)\./, "properties/test_$1.py::test_");

function panel(one) {
  const findings = (one.findings ?? []).map((number) => content.subjects[number]);
  return [
    element("p", { class: "meta" }, one.id),
    element("h2", { id: "opened-title", tabindex: "-1" }, ...prose(one.statement)),
    element("p", { class: "history" }, `${one.history[0].toUpperCase()}${one.history.slice(1)}.`),
    ...(findings.length ? [element("h3", {}, findings.length === 1 ? "Finding" : "Findings"), ...findings.map(finding)] : []),
    element("h3", {}, "By release"),
    element("ol", { class: "states" }, ...stretches(one).map(({ state, columns }) => stateOf(state, columns))),
    one.advice ? element("p", { class: "do" }, ...prose(one.advice)) : null,
    ...(one.example ? [element("h3", {}, "Falsifying example"), code(one.example, "Falsifying example")] : []),
    one.reproducer ? folded("Reproducer", code(one.reproducer, "Reproducer")) : null,
    element("h3", {}, "Run it"),
    code(`python -m pytest '${nodeOf(one)}'`, "Command"),
  ].filter(Boolean);
}

function finding(subject) {
  return element(
    "article",
    { class: "entry" },
    element("h4", {}, ...prose(subject.title)),
    element("p", { class: "symptom" }, ...prose(subject.symptom)),
    ...remedy(subject.remedy),
    witness(subject),
  );
}

function stateOf(state, columns) {
  const { outcome, reason, failure, observations } = content.states[state] ?? { outcome: "not run" };
  const values = Object.entries(observations ?? {}).flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]);
  return element(
    "li",
    {},
    element("span", { class: "outcome", "data-outcome": outcome }, outcome),
    ` ${inWords(columns)}`,
    reason ? element("p", { class: "symptom" }, ...prose(reason)) : null,
    failure ? element("pre", { class: "error", tabindex: "0", role: "group", "aria-label": "Error" }, failure) : null,
    values.length ? element("dl", { class: "values" }, ...values) : null,
  );
}
