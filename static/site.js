/* Small helps for forms. Every page works without them. */

// Errors: begin where they are listed.
document.querySelector(".error-summary")?.focus();

// A form goes out once, however often its button is pressed; after ten seconds, or on the way back, it may again.
for (const form of document.querySelectorAll('form[method="post"]')) {
  let sent = 0;
  form.addEventListener("submit", (event) => {
    if (Date.now() - sent < 10_000) event.preventDefault();
    else sent = Date.now();
  });
  addEventListener("pageshow", () => { sent = 0; });
}

// "in 30 seconds" counts down, and says "now" at its end.
for (const place of document.querySelectorAll("[data-countdown]")) {
  const end = Date.now() + place.dataset.countdown * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    place.textContent = left > 0 ? (left === 1 ? place.dataset.one : place.dataset.many.replace("%s", left)) : place.dataset.now;
    if (left > 0) return;
    clearInterval(timer);
    place.setAttribute("role", "status");
  }, 1000);
}

// How much room is left in the answer to "why"; said aloud only when it gets tight, and not at every key.
const why = document.querySelector("textarea#id_why[maxlength]");
if (why) {
  const seen = Object.assign(document.createElement("p"), { className: "counter" });
  const heard = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  seen.setAttribute("aria-hidden", "true");
  heard.setAttribute("role", "status");
  why.after(seen, heard);
  let timer;
  const count = () => {
    const left = why.maxLength - [...why.value].length;
    seen.textContent = why.dataset.left.replace("%s", left.toLocaleString(document.documentElement.lang));
    clearTimeout(timer);
    timer = setTimeout(() => { heard.textContent = left <= 100 ? seen.textContent : ""; }, 1000);
  };
  why.addEventListener("input", count);
  count();
}
