// The inbox. Everything in a message is written by strangers: it reaches this page as text nodes and attributes of our choosing only,
// and its HTML only inside a frame that may do nothing.
"use strict";

const PAGE = 50;
const shown = new Map(); // sequence number -> list item
let chosen = null;
let oldest = null;
let drawn = "";

const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function moment(text) {
  const at = new Date(text);
  const today = new Date().toDateString() === at.toDateString();
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return today ? time : `${at.toLocaleDateString()} ${time}`;
}

// --- the list -----------------------------------------------------------------------------------------------------------------------

function row(message) {
  const button = element(
    "button", { type: "button", onclick: () => choose(message.id, true) },
    element("span", { class: "to" }, message.channel === "email" ? null : element("span", { class: "by" }, message.channel), message.to.join(", ")),
    element("time", { datetime: message.at }, moment(message.at)),
    element("span", { class: "subject" }, message.subject || message.text || "(no subject)"),
  );
  button.dataset.id = message.id;
  return element("li", {}, button);
}

function mark() {
  for (const item of shown.values()) {
    const button = item.firstElementChild;
    button.setAttribute("aria-current", String(button.dataset.id === chosen));
  }
}

async function fetchPage(before) {
  const query = new URLSearchParams({ brief: "1", limit: String(PAGE) });
  const text = byId("search").value.trim();
  if (text) query.set("text", text);
  if (byId("channel").value) query.set("channel", byId("channel").value);
  if (before) query.set("before", String(before));
  return ask(`/_mailbox/messages?${query}`);
}

function settle(count) {
  const searched = byId("search").value.trim() !== "" || byId("channel").value !== "";
  byId("count").textContent = `${count.toLocaleString()} ${count === 1 ? "message" : "messages"}${searched ? " found" : ""}`;
  byId("empty").hidden = count > 0;
  byId("empty").textContent = searched ? "Nothing found." : "No messages yet. They appear here as they are sent.";
  byId("more").hidden = shown.size >= count;
  mark();
}

// What does not leave is read from the ledger each time: there is nothing to page through.
async function refreshKept() {
  const { kept } = await ask("/_mailbox/kept");
  byId("list").replaceChildren(...kept.map((one) => element(
    "li", {}, element(
      "button", { type: "button", onclick: () => drawKept(one) },
      element("span", { class: "to" }, element("span", { class: "by" }, one.channel), one.customer),
      element("time", {}, one.status),
      element("span", { class: "subject" }, one.said.title || one.journey),
    ),
  )));
  byId("count").textContent = `${kept.length} in the ledger`;
  byId("empty").hidden = kept.length > 0;
  byId("more").hidden = true;
}

function drawKept(one) {
  chosen = null;
  byId("message").replaceChildren(
    element("h2", {}, one.said.title || one.journey),
    pairs([["Channel", one.channel], ["Customer", one.customer], ["Journey", one.journey], ["Status", one.status], ["Due", one.due || ""]]),
    element("pre", {}, JSON.stringify(one.said, null, 2)),
  );
}

async function refresh() {
  if (byId("channel").value === "kept") return refreshKept();
  const page = await fetchPage();
  const list = byId("list");
  const overlaps = page.messages.length < PAGE || page.messages.some((message) => shown.has(message.seq));
  if (page.count < shown.size || !overlaps) { // forgotten meanwhile, or more came than a page holds: begin anew
    shown.clear();
    oldest = null;
    list.replaceChildren();
  }
  for (const message of [...page.messages].reverse()) {
    if (shown.has(message.seq)) continue;
    const item = row(message);
    shown.set(message.seq, item);
    list.prepend(item);
    if (oldest === null || message.seq < oldest) oldest = message.seq;
  }
  settle(page.count);
  if (chosen) await draw(false);
}

async function older() {
  const page = await fetchPage(oldest);
  for (const message of page.messages) {
    const item = row(message);
    shown.set(message.seq, item);
    byId("list").append(item);
    oldest = message.seq;
  }
  settle(page.count);
}

function startAgain() {
  shown.clear();
  oldest = null;
  byId("list").replaceChildren();
  return refresh();
}

// --- one message --------------------------------------------------------------------------------------------------------------------

async function choose(id, focus) {
  chosen = id;
  drawn = "";
  mark();
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  await draw(true);
  if (focus) byId("message").focus();
}

async function act(path, body, said) {
  const line = document.querySelector(".said");
  try {
    const answer = await ask(path, body);
    line.textContent = typeof said === "function" ? said(answer) : said;
    line.classList.remove("bad");
    await drawEvents();
  } catch (error) {
    line.textContent = error.message;
    line.classList.add("bad");
  }
}

const path = (message, rest) => `/_mailbox/messages/${encodeURIComponent(message.id)}/${rest}`;
const happen = (message, kind, detail, said) => act(path(message, "events"), { kind, ...detail }, said);

const button = (label, title, onclick) => element("button", { type: "button", title, onclick }, label);

// What somebody with a telephone may do; a webhook is over when it has come.
function phoneActions(message) {
  const write = (text) => button(`Reply ${text}`, "What somebody writes back", () => happen(message, "Received", { text }, "Written: it is on its way."));
  const report = (label, kind) => button(label, `Publish ${kind}`, () => happen(message, kind, {}, "The event is on its way."));
  if (message.channel === "sms") {
    return element("div", { class: "actions" }, report("Blocked by the carrier", "TEXT_CARRIER_BLOCKED"), report("No such number", "TEXT_INVALID"), write("STOP"), write("START"), write("YES"), write("HELP"));
  }
  if (message.channel === "push") {
    return element("div", { class: "actions" }, button("Remove the app", "The next message finds the device gone", () => happen(message, "Gone", {}, "Removed.")));
  }
  return element("div", { class: "actions" });
}

function actions(message) {
  if (message.channel !== "email") return phoneActions(message);
  return element(
    "div", { class: "actions" },
    button("Mark as opened", "Publish an Open event", () => happen(message, "Open", {}, "Opened: the event is on its way.")),
    button("Bounce", "Publish a permanent Bounce", () => happen(message, "Bounce", { subtype: "General" }, "Bounced: the event is on its way.")),
    button("Mark as spam", "Publish a Complaint", () => happen(message, "Complaint", {}, "Complained: the event is on its way.")),
    message.unsubscribe && button("Unsubscribe (one click)", "POST to the List-Unsubscribe address, as a mail client does",
      () => act(path(message, "unsubscribe"), {}, (answer) => `The unsubscribe link answered ${answer.status}.`)),
  );
}

function linkList(message) {
  if (!message.links.length) return null;
  const items = message.links.map((link) => element(
    "li", {},
    element("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, link),
    element("button", { type: "button", title: "Publish a Click event for this link",
      onclick: () => happen(message, "Click", { link }, "Clicked: the event is on its way.") }, "Mark as clicked"),
  ));
  return element("details", { open: true }, element("summary", {}, `Links (${items.length})`), element("ul", { class: "links" }, ...items));
}

function pairs(entries) {
  return element("table", {}, element("tbody", {}, ...entries.map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value)))));
}

function eventRows(events) {
  return events.map((event) => element(
    "tr", {},
    element("td", { class: `kind ${event.kind}` }, event.kind),
    element("td", { class: "when" }, element("time", { datetime: event.at }, moment(event.at))),
    element("td", { class: event.state }, event.state),
    element("td", {}, element("details", {}, element("summary", {}, "record"), element("pre", {}, JSON.stringify(event.record, null, 2)))),
  ));
}

async function drawEvents() {
  const message = await ask(`/_mailbox/messages/${encodeURIComponent(chosen)}`);
  const state = JSON.stringify(message.events.map((event) => [event.kind, event.at, event.state]));
  if (state === drawn) return message;
  drawn = state;
  const table = byId("events");
  if (table) table.replaceChildren(...eventRows(message.events));
  return message;
}

async function draw(whole) {
  if (!whole) return drawEvents();
  const message = await ask(`/_mailbox/messages/${encodeURIComponent(chosen)}`);
  drawn = JSON.stringify(message.events.map((event) => [event.kind, event.at, event.state]));
  const tags = Object.entries(message.tags).map(([name, value]) => element("span", { class: "tag" }, `${name}: ${value}`));
  const facts = [["From", message.from], ["To", message.to.join(", ")], ["Date", new Date(message.at).toLocaleString()]];
  const parts = [
    element("h2", {}, message.subject || (message.channel === "sms" ? "Text message" : "(no subject)")),
    element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
      ...(tags.length ? [element("dt", {}, "Tags"), element("dd", {}, ...tags)] : [])),
    actions(message),
    element("p", { class: "said", role: "status" }),
    message.html ? element("iframe", { sandbox: "", referrerpolicy: "no-referrer", title: "The message as HTML", src: path(message, "html") }) : null,
    message.text ? element("details", { open: !message.html }, element("summary", {}, "Plain text"), element("pre", {}, message.text)) : null,
    linkList(message),
    element("details", { open: true }, element("summary", {}, "Events"),
      element("table", {}, element("tbody", { id: "events" }, ...eventRows(message.events)))),
    element("details", {}, element("summary", {}, "Headers"), pairs(message.headers.map((header) => [header.name, header.value]))),
    element("details", {}, element("summary", {}, "The request as it came in"), element("pre", {}, JSON.stringify(message.request, null, 2))),
  ];
  byId("message").replaceChildren(...parts.filter((part) => part !== null));
  return message;
}

// --- start --------------------------------------------------------------------------------------------------------------------------

async function tick() {
  try {
    await refresh();
  } catch (error) {
    byId("count").textContent = `the mailbox does not answer (${error.message})`;
  }
  setTimeout(tick, document.hidden ? 10000 : 2000);
}

let typing = 0;
byId("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(startAgain, 200); });
byId("channel").addEventListener("change", startAgain);
byId("more").addEventListener("click", older);
if (location.hash.length > 1) choose(decodeURIComponent(location.hash.slice(1)), false).catch(() => { chosen = null; });
tick();
