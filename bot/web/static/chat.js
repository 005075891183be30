// The chat page: sends by POST, shows what the event stream brings, resumes where it stopped.
"use strict";

const PAGE = 50; // messages that the server gives at once
const TRIES = 6;
const PATIENCE = 30000; // ms until the typing dots give up
const ANSWERING = 5000; // ms within which what comes is taken for the answer, which is read from its question on

const strings = JSON.parse(document.getElementById("strings").textContent);
const language = document.documentElement.lang;
const log = document.getElementById("log");
const scroller = document.querySelector("main");
const form = document.getElementById("form");
const input = document.getElementById("text");
const typing = document.getElementById("typing");
const notice = document.getElementById("notice");
const welcome = document.getElementById("welcome");
const earlier = document.getElementById("earlier");
const newest = document.getElementById("newest");
const exactPointer = matchMedia("(pointer: fine)").matches; // on a phone, focus would open the keyboard

const shown = new Set(); // row numbers that are on the page
const entries = []; // what was sent from this page and has no row yet
let last = 0;
let first = null;
let newestReply = 0; // row of the newest message of ours
let asked = null; // the visitor's newest message, and when it was sent: its answer is read from there on
let askedAt = -Infinity;
let placed = 0; // where this script scrolled to last
let sending = Promise.resolve(); // messages leave one after the other, in the order in which they were written

// --- building -----------------------------------------------------------------------------------

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
    const address = found[0].replace(/[.,;:!?]+$/, "");
    bubble.append(text.slice(rest, found.index));
    const link = element("a", "", address);
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    bubble.append(link);
    rest = found.index + address.length;
  }
  bubble.append(text.slice(rest));
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
    const words = message.mine ? strings.sent_file : strings.file;
    const link = element(message.file.href ? "a" : "span", "file", words.replace("{name}", message.file.name));
    if (message.file.href) link.href = message.file.href;
    bubble.append(...(message.text ? [element("br")] : []), link);
  }
  made.append(bubble);
  if (message.buttons) made.append(choices(message.buttons));
  if (message.at) stamp(made, message.at);
  return made;
}

function choices(buttons) {
  const box = element("div", "choices");
  for (const button of buttons) {
    const made = element("button", "", button.title);
    made.type = "button";
    made.addEventListener("click", () => {
      for (const other of box.children) other.disabled = true;
      made.setAttribute("aria-pressed", "true");
      send(button.payload, button.title);
      if (exactPointer) input.focus({ preventScroll: true });
    });
    box.append(made);
  }
  return box;
}

function stamp(made, iso) {
  const at = new Date(iso);
  const time = element("time", "", at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = iso;
  time.title = at.toLocaleString(language, { dateStyle: "full", timeStyle: "short" });
  made.dataset.day = at.toLocaleDateString(language, { year: "numeric", month: "long", day: "numeric", weekday: "long" });
  made.append(time);
}

// Days stand between messages; of several messages in one minute only the last shows its time.
function tidy() {
  for (const line of log.querySelectorAll("li.day")) line.remove();
  let before = null;
  let day = new Date().toLocaleDateString(language, { year: "numeric", month: "long", day: "numeric", weekday: "long" });
  for (const made of [...log.children]) {
    const changed = made.dataset.day && made.dataset.day !== day;
    if (changed) {
      day = made.dataset.day;
      const line = element("li", "day", day);
      line.setAttribute("aria-hidden", "true"); // nothing to be read out whenever it is drawn again
      made.before(line);
    }
    if (before) before.classList.toggle("followed", !changed && sameMinute(before, made));
    before = made;
  }
}

function sameMinute(one, other) {
  const [a, b] = [one.querySelector(":scope > time"), other.querySelector(":scope > time")];
  const same = one.classList.contains("mine") === other.classList.contains("mine");
  return Boolean(same && a && b && a.title === b.title);
}

// --- scrolling ----------------------------------------------------------------------------------

function end() {
  return scroller.scrollHeight - scroller.clientHeight;
}

function atEnd() {
  return end() - scroller.scrollTop < 80;
}

// The reader is at the newest message, or where this script put them.
function following() {
  return atEnd() || Math.abs(scroller.scrollTop - placed) < 3;
}

// Down to the end, but never past the beginning of what is to be read, and never up.
function reveal(from) {
  const top = from ? from.offsetTop - 16 : Infinity;
  placed = Math.max(scroller.scrollTop, Math.min(end(), top));
  scroller.scrollTop = placed;
  newest.hidden = atEnd();
}

// --- receiving ----------------------------------------------------------------------------------

function show(message, { prepend = false } = {}) {
  if (shown.has(message.row)) return;
  shown.add(message.row);
  last = Math.max(last, message.row);
  first = first === null ? message.row : Math.min(first, message.row);
  welcome.hidden = true;
  const follow = following();
  const made = claimed(message) || item(message);
  if (prepend) {
    log.prepend(made);
    return;
  }
  if (!made.isConnected) log.append(made);
  if (message.mine) ask(made);
  else answered(message);
  tidy();
  if (follow) reveal(performance.now() - askedAt < ANSWERING ? asked : made);
  else if (!message.mine) newest.hidden = false;
}

function ask(made) {
  asked = made;
  askedAt = performance.now();
}

// The message that this page put up itself when it was sent, if this is it.
function claimed(message) {
  const place = message.mine ? entries.findIndex((entry) => entry.row === message.row) : -1;
  if (place < 0) return null;
  const [entry] = entries.splice(place, 1);
  if (message.file) {
    const made = item(message); // with the address that the file has now
    entry.item.replaceWith(made);
    return made;
  }
  stamp(entry.item, message.at);
  return entry.item;
}

function answered(message) {
  newestReply = Math.max(newestReply, message.row);
  typing.hidden = true;
  if (document.hidden) document.title = `● ${strings.title}`;
}

function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

function listen() {
  const stream = new EventSource(`/chat/events?after=${last}`);
  let lost = null;
  stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("open", () => {
    clearTimeout(lost);
    if (notice.dataset.about === "connection") say("");
    for (const entry of entries) entry.again?.();
  });
  stream.addEventListener("error", () => {
    clearTimeout(lost);
    lost = setTimeout(() => aboutConnection(strings.reconnecting), 1500);
    if (stream.readyState === EventSource.CLOSED) {
      // The server refused: the session is over, or it restarts. A new stream goes on from the last row.
      clearTimeout(lost);
      goOn();
    }
  });
}

async function goOn() {
  const answer = await fetch("/chat/history").catch(() => null);
  if (answer?.status === 401) {
    over((await answer.json()).error);
    return;
  }
  aboutConnection(strings.reconnecting);
  setTimeout(listen, 2000 + Math.random() * 2000);
}

function aboutConnection(text) {
  say(text);
  notice.dataset.about = "connection";
}

function over(text) {
  say(text);
  delete notice.dataset.about;
  const link = element("a", "", strings.reload);
  link.href = "/";
  notice.append(" ", link);
}

// --- sending ------------------------------------------------------------------------------------

function send(text, title) {
  put({ text, shown: title }, item({ mine: true, text: title || text }));
}

function sendFile(file) {
  say(strings.uploading.replace("{name}", file.name));
  notice.dataset.about = "connection"; // it goes away when the file is taken
  put({ text: "", file }, item({ mine: true, file: { name: file.name } }));
}

function put(body, shownItem) {
  const id = crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random().toString(36).slice(2);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const entry = { row: null, text: body.text, item: shownItem };
  entries.push(entry);
  welcome.hidden = true;
  log.append(entry.item);
  ask(entry.item);
  if (!body.file) say("");
  wait();
  scroller.scrollTop = placed = end();
  sending = sending.then(() => deliver(entry, { id, zone, ...body }));
}

let patience = null;

function wait() {
  typing.hidden = false;
  clearTimeout(patience);
  patience = setTimeout(() => { typing.hidden = true; }, PATIENCE);
}

// The same id may be sent again: the server takes it once.
async function deliver(entry, body) {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const answer = await post(body);
    if (answer && answer.status < 500) {
      await taken(entry, answer);
      return;
    }
    typing.hidden = true;
    aboutConnection(strings.offline);
    await pause(entry, 1000 * 2 ** attempt);
    wait();
  }
  failed(entry, strings.not_sent);
}

function post(body) {
  if (body.file) {
    const form = new FormData();
    for (const name of ["id", "zone", "file"]) form.append(name, body[name]);
    return fetch("/chat/files", { method: "POST", body: form }).catch(() => null);
  }
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return fetch("/chat/messages", request).catch(() => null);
}

// Until the time is over or the connection is back.
function pause(entry, ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    entry.again = () => { clearTimeout(timer); resolve(); };
  });
}

async function taken(entry, answer) {
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    failed(entry, told.error || (answer.status === 413 ? strings.file_too_large : strings.not_sent));
    if (answer.status === 401) over(told.error || strings.not_sent);
    return;
  }
  if (notice.dataset.about === "connection") say("");
  const { row } = await answer.json();
  entry.row = row;
  if (shown.has(row)) {
    // The stream was quicker and has put up its own copy.
    entries.splice(entries.indexOf(entry), 1);
    entry.item.remove();
    tidy();
  }
  if (newestReply > row) typing.hidden = true;
}

function failed(entry, text) {
  entries.splice(entries.indexOf(entry), 1);
  entry.item.classList.add("failed");
  typing.hidden = true;
  delete notice.dataset.about;
  say(text);
  if (!input.value && entry.text && !entry.text.startsWith("/")) {
    input.value = entry.text;
    grow();
  }
}

// --- the page -----------------------------------------------------------------------------------

async function loadHistory(before) {
  const answer = await fetch(before ? `/chat/history?before=${before}` : "/chat/history");
  return answer.ok ? (await answer.json()).messages : [];
}

async function loadEarlier() {
  const height = scroller.scrollHeight;
  const messages = await loadHistory(first);
  for (const message of messages.reverse()) show(message, { prepend: true });
  tidy();
  scroller.scrollTop += scroller.scrollHeight - height;
  earlier.hidden = messages.length < PAGE;
}

function grow() {
  input.style.height = "";
  if (input.value) input.style.height = `${Math.max(46, input.scrollHeight + 2)}px`;
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
input.addEventListener("input", grow);

const picker = document.getElementById("file");
picker.addEventListener("change", () => {
  for (const file of picker.files) sendFile(file);
  picker.value = "";
});

const drop = document.getElementById("drop");
const dropped = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!dropped(event)) return;
  event.preventDefault();
  drop.hidden = false;
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.hidden = true; });
document.addEventListener("drop", (event) => {
  if (!dropped(event)) return;
  event.preventDefault();
  drop.hidden = true;
  for (const file of event.dataTransfer.files) sendFile(file);
});
input.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files || [])];
  if (!files.length) return;
  event.preventDefault();
  files.forEach(sendFile);
});

let stood = true; // at the end, before whatever happens next
scroller.addEventListener("scroll", () => {
  stood = atEnd();
  if (stood) newest.hidden = true;
});
newest.addEventListener("click", () => {
  reveal(null);
  if (exactPointer) input.focus({ preventScroll: true });
});
earlier.addEventListener("click", loadEarlier);
for (const button of welcome.querySelectorAll("button")) {
  button.addEventListener("click", () => send(button.dataset.text));
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = strings.title; });

// A keyboard that opens makes the page lower: what was last stays in sight, and the input is never covered.
new ResizeObserver(() => { if (stood) scroller.scrollTop = end(); }).observe(scroller);
window.visualViewport?.addEventListener("resize", () => {
  document.documentElement.style.setProperty("--height", `${Math.round(window.visualViewport.height)}px`);
});

loadHistory().then((messages) => {
  for (const message of messages) show(message);
  askedAt = -Infinity;
  scroller.scrollTop = placed = end();
  newest.hidden = true;
  welcome.hidden = messages.length > 0;
  earlier.hidden = messages.length < PAGE;
  log.parentElement.setAttribute("aria-busy", "false");
  listen();
  if (exactPointer) input.focus({ preventScroll: true });
});
