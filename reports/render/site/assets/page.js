// Which view is shown.

// Where a reader goes back to from an open property.
let before = "#properties";

function showUnknown(text) {
  byId("view-unknown").replaceChildren(
    element("h1", {}, "Not found"),
    element("p", {}, text),
    element("p", {}, element("a", { href: "#upgrade" }, "Choose two releases"), " or ", element("a", { href: "#properties" }, "look for a property"), "."),
  );
  document.title = "Not found";
  return "unknown";
}

function viewOf({ view, parts, chosen }) {
  if (view === "" || view === "upgrade") return showUpgrade(parts, chosen);
  if (view === "releases") {
    document.title = "Releases of Flax and the bridge";
    return "releases";
  }
  if (view === "properties") return showProperties(chosen);
  if (view === "property") return showUnknown(`There is no property ${parts.join("/")}.`);
  return showUnknown(`There is no view ${view}.`);
}

// What is shown is the address that the page has heard of last: a test waits for it.
function route() {
  showAddress();
  document.documentElement.dataset.shown = location.hash;
}

function showAddress() {
  const found = read(location.hash);
  if (found?.view === "property" && numbers.has(found.parts[0])) {
    if (!document.querySelector("main > section[id^=view-]:not([hidden])")) show(read("#properties"));
    openProperty(found.parts[0]);
    return;
  }
  if (dialog.open) dialog.close();
  before = location.hash || "#upgrade";
  show(found);
}

function show(found) {
  const shown = found ? viewOf(found) : showUnknown("This address cannot be read.");
  for (const section of document.querySelectorAll("main > section[id^=view-]")) section.hidden = section.id !== `view-${shown}`;
  for (const link of document.querySelectorAll("header nav a")) link.ariaCurrent = link.hash === `#${shown}` ? "page" : null;
}

dialog.addEventListener("close", () => {
  if (read(location.hash)?.view === "property") location.hash = before;
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.id === "close") dialog.close();
});
byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // its address would be that of a view
  byId("main").focus();
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
addEventListener("hashchange", route);
route();
