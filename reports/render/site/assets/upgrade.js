// An upgrade: every answer is looked up, none is made here.

const form = byId("upgrade");
const chips = [...byId("uses").querySelectorAll(".chip")];
const topicNames = new Map([...Object.entries(content.words), ...Object.keys(content.topics).map((topic) => [topic.toLowerCase(), topic])]);
// Sections that a reader has opened.
const unfolded = new Set();
let upgrade = null;

/** Show the answer for what an address names. */
function showUpgrade(parts, chosen) {
  const [old, fresh] = parts.length ? parts : content.first;
  const unknown = [old, fresh].filter((label) => !labels.includes(label));
  if (unknown.length) return showUnknown(`There is no evidence of Flax ${unknown.map((one) => one || "(none)").join(" and ")}.`);
  const uses = (chosen.uses ?? "").split(",").filter(Boolean).map((name) => name.trim().replaceAll("_", " "));
  const strange = uses.filter((name) => !topicNames.has(name.toLowerCase()));
  if (strange.length) return showUnknown(`There is no topic ${strange.join(", ")}: choose from ${Object.keys(content.topics).join(", ")}.`);
  upgrade = { old, fresh, uses: [...new Set(uses.map((name) => topicNames.get(name.toLowerCase())))], q: chosen.q ?? "" };
  [form.elements.old.value, form.elements.new.value] = [old, fresh];
  if (form.elements.q.value !== upgrade.q) form.elements.q.value = upgrade.q;
  showAnswer();
  return "upgrade";
}

const upgradeAddress = (change = {}) => {
  const { old, fresh, uses, q } = { ...upgrade, ...change };
  return address("upgrade", [old, fresh], { uses: uses.join(","), q });
};

const searchedSubject = ({ title, name, symptom, symbols = [] }) => [title, name, symptom, ...symbols].filter(Boolean).join(" ").toLowerCase();
const searchedItems = content.items.map((item) => {
  const { do: advice, diff: change } = content.remedies[item.remedy] ?? {};
  return [searchedSubject(content.subjects[item.subject]), advice, change, item.error].filter(Boolean).join(" ").toLowerCase();
});
const topicsOf = (number) => content.subjects[content.items[number].subject].topics ?? [];
// As properties.support.topics.concern says.
const isUsed = (topics, uses) => {
  const about = topics.filter((one) => content.modules.includes(one));
  return !uses.length || !topics.length || (about.length ? about : topics).some((one) => uses.includes(one));
};
const kindOf = (number) => content.items[number].kind;
const breaks = content.sections.findIndex((section) => section.kind === "breaks");

function showAnswer() {
  const { old, fresh, uses, q } = upgrade;
  const [i, j] = [labels.indexOf(old), labels.indexOf(fresh)];
  const [before, after] = [content.releases[i], content.releases[j]];
  const answer = content.answers[content.pairs[i][j]];
  document.title = `Flax ${old} → ${fresh}`;
  byId("pair").textContent = `Flax ${old} → ${fresh}`;
  byId("jax").textContent = `run with jax ${before.jax}${before.jax === after.jax ? "" : ` → ${after.jax}`}`;
  byId("python").textContent = answer?.python ?? "";
  const compared = Boolean(answer) && !answer.doubts;
  for (const id of ["counts", "uses", "way"]) byId(id).hidden = !compared;
  form.elements.q.closest("label").hidden = !compared;
  if (!answer) return say("Both are the same release: choose two.");
  if (!compared) return say("These runs cannot be compared:", element("ul", {}, ...answer.doubts.map((one) => element("li", {}, one))));
  const items = answer.items ?? [];
  const fits = finder(q);
  const shown = items.filter((number) => isUsed(topicsOf(number), uses) && fits(searchedItems[number]));
  showCounts(answer, shown, items);
  showChips(items, uses);
  showWay(i, j, (number) => isUsed(topicsOf(number), uses) && fits(searchedItems[number]));
  const sections = content.sections.map((section, kind) => part(section, kind, shown.filter((number) => kindOf(number) === kind)));
  byId("answer").replaceChildren(...[checkpoints(answer), ...sections, stillFailing(answer)].filter(Boolean));
  if (!shown.length) say(items.length ? "Nothing here fits what you chose." : "Nothing changes: every property says the same on both.");
}

const say = (text, ...more) => byId("answer").replaceChildren(element("div", { class: "notice" }, element("p", {}, text), ...more));

function showCounts(answer, shown, items) {
  const number = (numbers, kind) => numbers.filter((one) => kindOf(one) === kind).length;
  const tiles = content.sections.flatMap(({ one, several, kind }, place) => {
    const [here, all] = [number(shown, place), number(items, place)];
    if (!all) return [];
    const tile = element("button", { type: "button", class: "tile", "data-kind": kind }, element("b", {}, String(here)), ` ${here === 1 ? one : several}`);
    if (here !== all) tile.append(element("small", {}, ` of ${all}`));
    tile.disabled = here === 0;
    tile.addEventListener("click", () => goTo(kind));
    return tile;
  });
  byId("counts").replaceChildren(...tiles, element("p", { class: "same" }, element("b", {}, String(answer.of - answer.same)), ` of ${answer.of} properties changed, over all topics`));
}

function goTo(kind) {
  const section = byId("answer").querySelector(`section[data-kind="${kind}"]`);
  section.querySelector(":scope > details")?.setAttribute("open", "");
  section.querySelector("h2").focus({ preventScroll: true });
  section.scrollIntoView({ block: "start" });
}

function showChips(items, uses) {
  for (const chip of chips) {
    const { topic } = chip.dataset;
    const count = items.filter((number) => topicsOf(number).includes(topic) && isUsed(topicsOf(number), [topic])).length;
    const pressed = uses.includes(topic);
    chip.setAttribute("aria-pressed", String(pressed));
    chip.querySelector("span").textContent = String(count);
    chip.hidden = count === 0 && !pressed;
  }
  byId("all-topics").hidden = !uses.length;
}

/** Each release on the way, with how many things break between OLD and there. */
function showWay(i, j, isShown) {
  const answerAt = (stop) => content.answers[content.pairs[i][stop]];
  const places = content.releases.map((_, place) => place).filter((place) => i < place && place <= j && !answerAt(place).doubts);
  const way = places.map((place) => content.releases[place]);
  byId("way").hidden = way.length < 2;
  const broken = places.map((place) => (answerAt(place).items ?? []).filter((number) => kindOf(number) === breaks && isShown(number)));
  const most = Math.max(1, ...broken.map(({ length }) => length));
  const steps = way.map(({ label }, place) => {
    const count = broken[place].length;
    const titles = broken[place].map((number) => plain(content.subjects[content.items[number].subject].title));
    const tooltip = [`Stop at ${label}: ${plural(count, "break", "breaks")}`, ...titles].join("\n");
    const link = element("a", { href: upgradeAddress({ fresh: label }), title: tooltip }, element("i"), element("span", {}, label), element("b", {}, String(count)));
    link.firstChild.style.height = `${(count / most) * 2}rem`;
    if (count) link.dataset.breaks = "";
    return element("li", {}, link);
  });
  byId("way").replaceChildren(
    element("p", { class: "quiet" }, `Breaks from ${labels[i]} to each release. Choose one to stop there.`),
    element("ol", {}, ...steps),
  );
}

const plain = (text) => text.replaceAll("`", "");

/** What fails on both sides and is in no section. */
function stillFailing({ still_failing: subjects = [] }) {
  const { uses, q } = upgrade;
  const fits = finder(q);
  const titles = subjects.map((number) => content.subjects[number]).filter((subject) => isUsed(subject.topics ?? [], uses) && fits(searchedSubject(subject)));
  if (!titles.length) return null;
  const heading = element("h2", { tabindex: "-1" }, "Still fails on both");
  const list = element("ul", {}, ...titles.map(({ title }) => element("li", {}, ...prose(title))));
  return element("section", { "data-kind": "still fails" }, heading, element("details", {}, element("summary", {}, `Show ${titles.length}`), list));
}

/** What became of the checkpoints, where that was tried: of params that move always, else where one restores. */
function checkpoints({ checkpoints: crossed, moves_params: moves, models, items = [] }) {
  const { uses, q } = upgrade;
  const restores = items.some((number) => isUsed(topicsOf(number), uses) && /\brestor/i.test(content.remedies[content.items[number].remedy]?.do ?? ""));
  const asked = !uses.length || restores || uses.includes("checkpoints") || uses.includes("randomness");
  if (!crossed || q || !(asked || moves)) return null;
  const heading = element("h2", { tabindex: "-1" }, "Checkpoints");
  const ways = crossed.map(({ said, details = [] }) => element("li", {}, said, details.length ? element("ul", { class: "names" }, ...details.map((one) => element("li", {}, element("code", {}, one)))) : ""));
  const ofModels = asked && models !== undefined ? [element("li", {}, content.models[models])] : [];
  return element("section", { "data-kind": "checkpoints" }, heading, element("p", { class: "quiet" }, ...prose(content.checkpoints)), element("ul", {}, ...ways, ...ofModels));
}

function part(section, kind, numbers) {
  if (!numbers.length) return null;
  const name = `${section.kind[0].toUpperCase()}${section.kind.slice(1)}`;
  const heading = element("h2", { tabindex: "-1" }, name, element("small", {}, ` ${section.meaning}`));
  const entries = numbers.map(entryOf);
  if (!section.folded) return element("section", { "data-kind": section.kind }, heading, ...entries);
  const fold = element("details", {}, element("summary", {}, `Show ${numbers.length}`), ...entries);
  fold.open = unfolded.has(kind) || Boolean(upgrade.q);
  fold.addEventListener("toggle", () => (fold.open ? unfolded.add(kind) : unfolded.delete(kind)));
  return element("section", { "data-kind": section.kind }, heading, fold);
}

// An entry is the same in each answer that has it, and is made once.
const made = new Map();

function entryOf(number) {
  if (!made.has(number)) made.set(number, entry(content.items[number]));
  return made.get(number);
}

function entry(item) {
  const subject = content.subjects[item.subject];
  const meta = [item.since, ...(subject.topics ?? [])].filter(Boolean).join(" · ");
  const names = item.shown_by.map((place) => content.properties[place]);
  const values = item.values ? element("dl", { class: "values" }, ...item.values.flatMap(value)) : null;
  const shownBy = folded(
    `Shown by ${plural(names.length, "property", "properties")}`,
    subject.symptom && subject.symptom !== item.notice ? element("p", {}, ...prose(subject.symptom)) : null,
    element("ul", { class: "names" }, ...names.map(({ id }) => element("li", {}, element("a", { href: address("property", [id]) }, id)))),
    subject.name ? values : null,
    subject.name ? element("p", { class: "quiet" }, "In a terminal: ", element("code", {}, `nnx-bridge finding ${subject.name}`)) : null,
  );
  return element(
    "article",
    { class: "entry", "data-kind": content.sections[item.kind].kind },
    element("h3", {}, ...prose(subject.title)),
    meta ? element("p", { class: "meta" }, meta) : null,
    item.notice ? element("p", { class: "symptom" }, ...prose(item.notice)) : null,
    item.cases ? element("p", { class: "cases" }, ...prose(item.cases)) : null,
    ...remedy(item.remedy),
    subject.name ? null : values,
    item.error ? element("pre", { class: "error", tabindex: "0", role: "group", "aria-label": "Error" }, item.error) : null,
    ...(item.causes ?? []).map(cause),
    witness(subject),
    shownBy,
  );
}

function value(number) {
  const { name, pieces } = content.values[number];
  const kinds = { "=": "span", "-": "del", "+": "ins" };
  const isReplaced = (place) => pieces[place][0] === "+" && pieces[place - 1]?.[0] === "-";
  const shown = pieces.map(([kind, text], place) => [isReplaced(place) ? " → " : "", element(kinds[kind], {}, text)]);
  return [element("dt", {}, name), element("dd", {}, ...shown.flat())];
}

function cause(number) {
  const { release, what, link } = content.causes[number];
  const source = element("a", { href: link, rel: "noreferrer" }, `source of ${release}`);
  return element("p", { class: "cause" }, "Cause: ", ...prose(what), " (", source, ")");
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  const { old, new: fresh } = form.elements;
  if (event.target === old || event.target === fresh) location.hash = upgradeAddress({ old: old.value, fresh: fresh.value });
});
form.elements.q.addEventListener("input", () => {
  upgrade.q = form.elements.q.value;
  replaceAddress(upgradeAddress());
  showAnswer();
});
byId("uses").addEventListener("click", (event) => {
  const { topic } = event.target.closest(".chip")?.dataset ?? {};
  const { uses } = upgrade;
  if (topic) location.hash = upgradeAddress({ uses: uses.includes(topic) ? uses.filter((one) => one !== topic) : [...uses, topic] });
  else if (event.target.id === "all-topics") {
    location.hash = upgradeAddress({ uses: [] });
    chips.find((chip) => !chip.hidden)?.focus();
  }
});
