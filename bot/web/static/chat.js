// The chat page: sends by POST, shows what the event stream brings, resumes where it stopped.
"use strict";

const strings = JSON.parse(document.getElementById("strings").textContent);
const log = document.getElementById("log");
const scroller = document.querySelector("main");
const form = document.getElementById("form");
const input = document.getElementById("text");
const typing = document.getElementById("typing");
const notice = document.getElementById("notice");
const welcome = document.getElementById("welcome");
const earlier = document.getElementById("earlier");
const newest = document.getElementById("newest");

const shown = new Set(); // row numbers that are on the page
const pending = new Map(); // message id -> the list item that waits for its row
let last = 0;
let first = null;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Plain text with its web addresses as links. Never HTML: what a company is called cannot become markup.
function fill(bubble, text) {
  let rest = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"'，。；、）)】」]+/g)) {
    bubble.append(text.slice(rest, found.index));
    const link = element("a", "", found[0]);
    link.href = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    bubble.append(link);
    rest = found.index + found[0].length;
  }
  bubble.append(text.slice(rest));
}

function atEnd() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
}

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  newest.hidden = true;
}

function time(iso) {
  const made = element("time", "", new Date(iso).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }));
  made.dateTime = iso;
  return made;
}

function item(message) {
  const made = element("li", message.mine ? "mine" : "");
  const bubble = element("div", "bubble");
  bubble.append(element("span", "hidden", message.mine ? strings.you_said : strings.bot_said));
  if (message.image) {
    const picture = element("img");
    picture.src = message.image;
    picture.alt = message.text || strings.picture;
    bubble.append(picture);
  }
  if (message.text) fill(bubble, message.text);
  if (message.file) {
    const link = element("a", "file", strings.file.replace("{name}", message.file.name));
    link.href = message.file.href;
    bubble.append(element("br"), link);
  }
  made.append(bubble);
  if (message.buttons) made.append(choices(message.buttons));
  if (message.at) made.append(time(message.at));
  return made;
}

function choices(buttons) {
  const box = element("div", "choices");
  for (const button of buttons) {
    const made = element("button", "", button.title);
    made.type = "button";
    made.addEventListener("click", () => {
      for (const other of box.children) other.disabled = true;
      send(button.payload, button.title);
      input.focus();
    });
    box.append(made);
  }
  return box;
}

function show(message, { prepend = false } = {}) {
  if (shown.has(message.row)) return;
  shown.add(message.row);
  last = Math.max(last, message.row);
  first = first === null ? message.row : Math.min(first, message.row);
  welcome.hidden = true;
  const follow = atEnd();
  const waiting = message.mine ? [...pending.values()].find((entry) => entry.row === message.row) : undefined;
  if (waiting) {
    waiting.item.append(time(message.at));
    pending.delete(waiting.id);
  } else {
    prepend ? log.prepend(item(message)) : log.append(item(message));
  }
  if (!message.mine) typing.hidden = true;
  if (prepend) return;
  if (follow) toEnd();
  else if (!message.mine) newest.hidden = false;
}

function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

async function send(text, title) {
  const id = crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random().toString(36).slice(2);
  const entry = { id, row: null, item: item({ mine: true, text: title || text }) };
  pending.set(id, entry);
  welcome.hidden = true;
  log.append(entry.item);
  toEnd();
  say("");
  await deliver(entry, { id, text, shown: title, zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
}

// The same id may be sent again: the server takes it once.
async function deliver(entry, body, attempt = 1) {
  let answer;
  try {
    answer = await fetch("/chat/messages", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    if (attempt < 6) {
      say(strings.offline);
      setTimeout(() => deliver(entry, body, attempt + 1), 1000 * 2 ** attempt);
      return;
    }
    failed(entry, strings.not_sent);
    return;
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    failed(entry, told.error || strings.not_sent);
    if (answer.status === 401) offerReload();
    return;
  }
  say("");
  const { row } = await answer.json();
  if (row !== null && shown.has(row)) {
    // The stream was quicker and has put up its own copy.
    entry.item.remove();
    pending.delete(entry.id);
    return;
  }
  entry.row = row;
  typing.hidden = false;
  setTimeout(() => { typing.hidden = true; }, 30000);
  if (atEnd()) toEnd();
}

function failed(entry, text) {
  entry.item.classList.add("failed");
  pending.delete(entry.id);
  typing.hidden = true;
  say(text);
}

function offerReload() {
  const link = element("a", "", " " + strings.reload);
  link.href = "/";
  notice.append(link);
}

async function loadHistory(before) {
  const address = before ? `/chat/history?before=${before}` : "/chat/history";
  const answer = await fetch(address);
  if (!answer.ok) return [];
  return (await answer.json()).messages;
}

async function loadEarlier() {
  const height = scroller.scrollHeight;
  const messages = await loadHistory(first);
  for (const message of messages.reverse()) show(message, { prepend: true });
  scroller.scrollTop += scroller.scrollHeight - height;
  earlier.hidden = messages.length < 50;
}

function listen() {
  const stream = new EventSource(`/chat/events?after=${last}`);
  stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("open", () => say(""));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) {
      // The server refused: the session is over, or it restarts. A new stream goes on from the last row.
      say(strings.reconnecting);
      setTimeout(listen, 3000);
    }
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  grow();
  send(text);
});

input.addEventListener("keydown", (event) => {
  // Enter sends, Shift+Enter makes a line; while an input method is choosing characters, Enter is its own.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

function grow() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + 2}px`;
}
input.addEventListener("input", grow);
scroller.addEventListener("scroll", () => { if (atEnd()) newest.hidden = true; });
newest.addEventListener("click", () => { toEnd(); input.focus(); });
earlier.addEventListener("click", loadEarlier);
for (const button of welcome.querySelectorAll("button")) {
  button.addEventListener("click", () => send(button.dataset.text));
}

loadHistory().then((messages) => {
  for (const message of messages) show(message);
  welcome.hidden = messages.length > 0;
  earlier.hidden = messages.length < 50;
  toEnd();
  listen();
  input.focus();
});
