// Addresses hold everything that is chosen: #upgrade/OLD/NEW?uses=TOPIC,…&q=…, #releases,
// #properties?q=…&chapter=…&outcome=…&on=…&changes=1 and #property/ID.

const labels = content.releases.map((release) => release.label);

/** The view that an address names, its parts, and what is chosen there; null where it cannot be read. */
function read(hash) {
  const [path, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  try {
    const [view, ...parts] = path.split("/").map(decodeURIComponent);
    return { view, parts, chosen: Object.fromEntries(new URLSearchParams(query)) };
  } catch {
    return null;
  }
}

/** The address of a view; what is not chosen is left out. */
function address(view, parts = [], chosen = {}) {
  const query = Object.entries(chosen)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%20", "+")}`)
    .join("&");
  return `#${[view, ...parts].map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
}

/** Show another address in place of this one, which leaves no step for the Back button. */
const replaceAddress = (hash) => history.replaceState(null, "", hash);
