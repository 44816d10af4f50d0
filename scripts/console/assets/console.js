// Keeps a page up to date: times, what changed on the host, and the log of a run. Without it every page can still be read.
"use strict";

// Relative times, by the rules of the server, timetext.Relative.
function relative(date, now) {
  let seconds = (now - date) / 1000;
  const ahead = seconds < 0;
  seconds = Math.abs(seconds);
  let text;
  if (seconds < 5) return "now";
  if (seconds < 60) text = Math.floor(seconds) + " s";
  else if (seconds < 3600) text = Math.floor(seconds / 60) + " min";
  else if (seconds < 48 * 3600) text = Math.floor(seconds / 3600) + " h";
  else text = Math.floor(seconds / 86400) + " days";
  return ahead ? "in " + text : text + " ago";
}

function elapsed(seconds) {
  if (seconds < 10) return Math.max(0, Math.floor(seconds * 10) / 10).toFixed(1) + " s";
  seconds = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  if (seconds < 60) return seconds + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min " + two(seconds % 60) + " s";
  return Math.floor(seconds / 3600) + " h " + two(Math.floor((seconds % 3600) / 60)) + " min";
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function tick() {
  const now = Date.now();
  for (const node of document.querySelectorAll("time[datetime]:not([data-fixed])")) {
    setText(node, relative(new Date(node.dateTime), now));
  }
  for (const node of document.querySelectorAll("[data-since]")) {
    setText(node, elapsed((now - new Date(node.dataset.since)) / 1000));
  }
}

// morph makes an element like another one and leaves alone what is the same already: focus, selection and scrolling stay.
function morph(old, next) {
  if (old.hasAttribute("data-keep")) return;
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !(name === "open" && old.localName === "details")) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  let at = old.firstChild;
  for (const wanted of [...next.childNodes]) {
    if (wanted.id && !(at && at.id === wanted.id)) {
      const moved = [...old.children].find((child) => child.id === wanted.id);
      if (moved) {
        old.insertBefore(moved, at);
        at = moved;
      }
    }
    if (at && at.nodeType === wanted.nodeType && at.nodeName === wanted.nodeName && (at.id || "") === (wanted.id || "")) {
      if (at.nodeType === Node.ELEMENT_NODE) morph(at, wanted);
      else if (at.data !== wanted.data) at.data = wanted.data;
      at = at.nextSibling;
    } else {
      old.insertBefore(wanted, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

// refresh asks for the page anew, once at a time and at most once in a second.
let refreshing = false;
let again = false;
async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (response.type === "opaqueredirect") {
      location.reload(); // the login has ended
    } else if (response.ok) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      morph(document.getElementById("main"), page.getElementById("main"));
      document.title = page.title;
      tick();
    }
  } catch {
    // The host is away; its stream opens again when it is back, and that asks anew.
  }
  setTimeout(() => {
    refreshing = false;
    if (again) {
      again = false;
      refresh();
    }
  }, 1000);
}

// connect opens a stream while the page is in sight: browsers allow few of them, and nobody reads the others.
function connect(address, listen) {
  const status = document.getElementById("connection");
  let source = null;
  let ended = false;
  const open = () => {
    if (source || ended || document.hidden) return;
    source = new EventSource(address());
    const mine = source;
    mine.onopen = () => {
      setText(status, "");
      refresh(); // for what happened since the page was made, or while the stream was away
    };
    mine.onerror = () => {
      if (mine !== source) return;
      setText(status, "Connecting again…");
      if (mine.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, 5000);
      }
    };
    listen(mine, () => {
      ended = true;
      close();
    });
  };
  const close = () => {
    if (source) source.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}

const mostLines = 5000;

function followLog(log) {
  let last = log.dataset.after;
  const append = (html) => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    // A parsed document runs no scripts and loads nothing.
    const parsed = new DOMParser().parseFromString(html, "text/html");
    log.append(...parsed.body.children);
    while (log.children.length > mostLines) log.firstChild.remove();
    const first = log.querySelector(".line").id.slice("line-".length);
    const count = last === "1" ? "1 line" : last + " lines";
    setText(document.getElementById("shown"), first === "1" ? count : "Lines " + first + " to " + last);
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  log.scrollTop = log.scrollHeight;
  connect(
    () => log.dataset.stream + "?after=" + last,
    (source, end) => {
      source.addEventListener("lines", (event) => {
        last = event.lastEventId;
        append(JSON.parse(event.data));
      });
      source.addEventListener("change", refresh);
      source.addEventListener("end", () => {
        end();
        refresh();
      });
    },
  );
}

function start() {
  tick();
  setInterval(tick, 1000);
  for (const ghost of document.querySelectorAll(".excerpt .ghost")) {
    const pre = ghost.closest("pre");
    const end = ghost.getBoundingClientRect().right - pre.getBoundingClientRect().left;
    if (end > pre.clientWidth - 32) pre.scrollLeft = end - pre.clientWidth / 2;
  }
  const log = document.getElementById("lines");
  if (log) {
    if (log.dataset.stream) followLog(log);
    return;
  }
  const page = document.body.className;
  if (!/^page-(scripts|script|runs|timeline)$/.test(page)) return;
  const script = page === "page-script" ? new URLSearchParams(location.search).get("name") : null;
  const address = script === null ? "/stream" : "/stream?script=" + encodeURIComponent(script);
  connect(
    () => address,
    (source) => source.addEventListener("change", refresh),
  );
}

start();
