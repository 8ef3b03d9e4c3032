// Keeps a page that is looked at up to date: asks every few seconds, and only while it is visible.
// Everything works without this file; htmx does the swapping.
(() => {
  "use strict";
  const EVERY = 5000;
  const live = () => document.getElementById("live");
  const stale = document.getElementById("stale");
  const announce = document.getElementById("announce");
  if (!live()) return;
  let etag = "";
  let askedAt = Date.now();
  let said = live().dataset.says || "";
  let opened = [];

  const ask = () => {
    if (document.visibilityState !== "visible") return;
    askedAt = Date.now();
    htmx.trigger(live(), "refresh");
  };

  // Pages are not stored by the browser, so the tag is sent from here; what did not change is answered with 304.
  document.addEventListener("htmx:configRequest", (event) => {
    if (etag) event.detail.headers["If-None-Match"] = etag;
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.shouldSwap) return;
    etag = event.detail.xhr.getResponseHeader("ETag") || "";
    opened = Array.from(live().querySelectorAll("details[open][id]"), (one) => one.id);
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    const says = live()?.dataset.says || "";
    if (says !== said) announce.textContent = says;
    said = says;
  });

  // A page that can't be refreshed must say so: old news looks like good news.
  document.addEventListener("htmx:afterRequest", (event) => {
    const answered = event.detail.xhr.status === 200 || event.detail.xhr.status === 304;
    if (answered !== stale.hidden) {
      stale.hidden = answered;
      stale.textContent = answered ? "" : stale.dataset.words;
    }
  });

  document.addEventListener("visibilitychange", () => {
    if (Date.now() - askedAt > EVERY) ask();
  });
  setInterval(ask, EVERY);
})();
