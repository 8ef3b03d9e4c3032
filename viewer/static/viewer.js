// Fetches the page again every two seconds and swaps its messages when they changed. The page works without it.
const language = document.documentElement.lang;
const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function ago(seconds) {
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? units[3];
  return words.format(Math.round(seconds / size), unit);
}

function tellTimes() {
  for (const time of document.querySelectorAll("time.relative")) {
    time.title ||= time.textContent;
    time.textContent = ago((Date.parse(time.dateTime) - Date.now()) / 1000);
  }
}

function keepReading(before, after) {
  const open = [...before.querySelectorAll("details[open]")].map((one) => one.closest("article").id);
  for (const id of open) after.querySelector(`[id="${CSS.escape(id)}"] details`)?.setAttribute("open", "");
  return [...before.querySelectorAll(".scroll")].map((one) => one.scrollTop);
}

async function refresh() {
  const answer = await fetch("/", { cache: "no-cache" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const shown = document.querySelector("main");
  if (fresh === null || fresh.dataset.version === shown.dataset.version) return;
  const places = keepReading(shown, fresh);
  shown.replaceWith(fresh);
  document.querySelectorAll(".scroll").forEach((one, index) => (one.scrollTop = places[index]));
}

tellTimes();
setInterval(() => refresh().catch(() => {}).then(tellTimes), 2000);
