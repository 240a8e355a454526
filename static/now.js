/* Keeps "Now and next" right, and sets the visitor's own time beside the event's. */
const all = (what, of = document) => [...of.querySelectorAll(what)];

// The visitor's own time, in brackets, where their clock shows another.
const wall = (date) => new Date(date - date.getTimezoneOffset() * 6e4).toISOString().slice(0, 16);
for (const place of all(".clock")) {
  const times = all("time", place), dates = times.map((time) => new Date(time.dateTime));
  if (times.every((time, at) => time.dateTime.slice(0, 16) === wall(dates[at]))) continue;
  const own = dates.map((date, at) => {
    const sameDay = times[at].dateTime.slice(0, 10) === wall(date).slice(0, 10);
    const words = { hour: "numeric", minute: "2-digit", weekday: sameDay ? undefined : "short" };
    return new Intl.DateTimeFormat(document.documentElement.lang, words).format(date);
  }).join(" – ");
  place.append(Object.assign(document.createElement("span"), { className: "own-time", textContent: ` (${own})` }));
  for (const note of all(".own-zone")) note.hidden = false;
}

// Now and next: the times are the page's own, so a page kept for a place without network is put right as well.
const box = document.querySelector(".now-next");
if (box) {
  const day = [box.dataset.begins, box.dataset.ends].map(Date.parse);
  const spans = all(".session-card:not(.is-cancelled, .is-hidden)").flatMap((card) => {
    const [begins, ends] = all(".session-time time", card).map((time) => Date.parse(time.dateTime));
    return begins ? [{ card, begins, ends }] : [];
  }).sort((a, b) => a.begins - b.begins);
  for (const span of spans) span.ends ||= spans.find((later) => later.begins > span.begins)?.begins ?? day[1];
  const draw = (place, found) => {
    const [term, list, none] = place.querySelectorAll("dt, ul, .empty");
    list.replaceChildren(...found.map(({ card }) => {
      const line = document.createElement("li");
      const time = Object.assign(document.createElement("span"), { className: "session-time" });
      time.append(card.querySelector(".session-time .clock").cloneNode(true));
      line.append(card.querySelector("h4 a").cloneNode(true), " ", time);
      const mark = Object.assign(document.createElement("li"), { className: "label label-moment", textContent: term.textContent });
      card.querySelector(".labels").prepend(mark);
      return line;
    }));
    none.hidden = found.length > 0;
    list.hidden = !none.hidden;
    return `${term.textContent}: ${found.map(({ card }) => card.querySelector("h4 a").textContent).join(", ") || none.textContent.replace(/\.$/, "")}`;
  };
  let said, timer;
  const look = () => {
    clearTimeout(timer);
    const time = Date.now(), [now, next] = all("dl > div", box);
    box.hidden = time < day[0] || time >= day[1];
    const later = box.hidden ? [] : spans.filter(({ begins }) => begins > time);
    for (const mark of all(".label-moment")) mark.remove();
    const words = [
      draw(now, box.hidden ? [] : spans.filter(({ begins, ends }) => begins <= time && time < ends)),
      draw(next, later.filter(({ begins }) => begins === later[0].begins)),
    ].join(". ");
    if (said && words !== said && !box.hidden) box.querySelector("[role=status]").textContent = words; // not at load
    said = words;
    const moments = [...day, ...spans.flatMap(({ begins, ends }) => [begins, ends])].filter((moment) => moment > time);
    if (moments.length) timer = setTimeout(look, Math.min(Math.min(...moments) - time, 2 ** 30));
  };
  look();
  addEventListener("pageshow", look);
  document.addEventListener("visibilitychange", look); // a phone that slept
}
