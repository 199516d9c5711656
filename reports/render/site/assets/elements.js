"use strict";

// What is shown is a stranger's: it is only ever set as text, and the page's policy runs no other script than this one.
const byId = (id) => document.getElementById(id);
const content = JSON.parse(byId("content").textContent);

/** An element with attributes and children; strings become text, and nothing (null) is left out. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

/** Text in which a word between two backticks is code. */
function prose(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, number) => (number % 2 ? element("code", {}, part) : part)).filter((part) => part !== "");
}

/** Code that can be scrolled to by keyboard. */
const code = (text, label) => element("pre", { tabindex: "0", role: "group", "aria-label": label }, text);

const folded = (summary, ...children) => element("details", {}, element("summary", {}, summary), ...children);

/** Lines of a diff. */
function diff(text) {
  const kinds = { "-": "del", "+": "ins" };
  const lines = text.split("\n").map((line) => element(kinds[line[0]] ?? "span", {}, line));
  return element("pre", { class: "diff", tabindex: "0", role: "group", "aria-label": "What to change" }, ...lines);
}

/** What a user does about a finding. */
function remedy(number) {
  const found = content.remedies[number];
  if (!found) return [];
  return [element("p", { class: "do" }, ...prose(found.do)), found.diff ? diff(found.diff) : null];
}

/** A program that shows a finding. */
function witness(subject) {
  if (!subject.witness) return null;
  const lines = subject.witness.split("\n").length;
  return folded(`Program that shows it, ${lines} lines`, code(subject.witness, "Program"));
}

const plural = (number, one, several) => `${number} ${number === 1 ? one : several}`;

/** Whether a text, in lower case, has each of the words in what was typed. */
function finder(typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => words.every((word) => text.includes(word));
}
