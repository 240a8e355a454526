/* The door without a network: says of a pass what the list kept on this phone says, and keeps what is done until it can
   be sent. The page itself knows nothing. */
const one = (what) => document.querySelector(what);
const at = one("main").dataset;
const EVERY = 20_000; // ms between two tries to send
const made = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text, ...more });
const KIND = { in: "Check-in", out: "Check-out", undo: "Undo" };

function ageOf(list) {
  const minutes = Math.max(0, Math.floor((door.now(list) - new Date(list.made_at)) / 6e4));
  if (minutes < 1) return "less than a minute old";
  if (minutes < 120) return `${minutes} ${minutes === 1 ? "minute" : "minutes"} old`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} hours old` : `${Math.floor(minutes / 1440)} days old`;
}
const dayOf = (list, moment) => door.clock(list, moment, { timeStyle: undefined, dateStyle: "medium" });
const ofList = (list) => (dayOf(list, list.made_at) === dayOf(list, door.now(list)) ? "" : `${dayOf(list, list.made_at)}, `)
  + door.clock(list, list.made_at);

async function showList() {
  const list = await door.about();
  one(".of-list").textContent = list
    ? `List for the door “${list.door}” of ${ofList(list)}: ${list.count} ${list.count === 1 ? "pass" : "passes"}, ${ageOf(list)}.`
    : "There is no list on this phone. Where there is a network, open the door's page and load it.";
  one(".check").hidden = !list;
  return list;
}

// What is said of a pass: [how it looks, the large words, what stands below].
function verdict({ list, row }) {
  if (!row) return ["no", `Not valid on the list of ${ofList(list)}`, "Ask an organiser. A pass that was made or renewed since the list was loaded is not on it."];
  if (!row.inside) return ["yes", "Valid", row.seen ? `Checked out here at ${door.clock(list, row.seen)}.` : `On the list of ${ofList(list)}, which is ${ageOf(list)}.`];
  if (row.seen) return ["inside", `Seen here at ${door.clock(list, row.seen)}`, "Checked in at this door."];
  return ["inside", "Already inside", `So it was when the list was loaded, at ${ofList(list)}.`];
}

function say(look, large, small, ...buttons) {
  const box = made("div", "", { className: `verdict verdict-${look}` }), words = made("div", "");
  words.append(made("h2", large), made("p", small));
  box.append(one(`#shape-${look}`).content.cloneNode(true), words);
  one(".said-of-pass").replaceChildren(box);
  one(".steps-to-take").replaceChildren(...buttons);
}

function button(text, does, quiet) {
  const it = made("button", text, { type: "button", className: quiet ? "button button-quiet" : "button" });
  it.addEventListener("click", async () => { it.disabled = true; await does(); });
  return it;
}

function buttons({ row }) {
  if (!row) return [];
  const kind = row.inside ? "out" : "in";
  const does = button(row.inside ? "Check out" : "Check in", () => act(row, kind), row.inside);
  return row.last ? [does, button(`Undo this ${KIND[row.last.kind].toLowerCase()}`, () => act(row, "undo", row.last.scan), true)] : [does];
}

async function act(row, kind, undoes) {
  const changed = await door.act(row.digest, kind, undoes);
  const list = await showList();
  if (!list) return say("no", "The list is gone", "The day is over, or it was taken off this phone in another window. Nothing was written down.");
  const now = changed ?? row;
  if (!changed) say("no", "Nothing was done", "This pass was changed in another window. Look it up again.");
  else if (kind === "undo") say("yes", "Taken back", "As if it had not happened here.", ...buttons({ row: now }));
  else say(kind === "in" ? "yes" : "left", kind === "in" ? "Checked in" : "Checked out", `At ${door.clock(list, now.seen)}. Kept on this phone until it is sent.`, ...buttons({ row: now }));
  send();
}

async function check(typed) {
  const token = door.tokenOf(typed);
  if (!token) return say("no", "Not a pass", "A code has sixteen letters and digits, in four groups. Look at it again.");
  const found = await door.find(token);
  if (found.list) say(...verdict(found), ...buttons(found));
}

async function showQueue({ why, error, state } = {}) {
  const left = await door.unsent();
  const waits = left === 1 ? "1 step is kept on this phone and not sent yet." : `${left} steps are kept on this phone and not sent yet.`;
  const because = {
    shut: "You are signed out, or may not work at the door any more: sign in, and they are sent.",
    refused: `The site refused them: ${error} Keep this phone as it is, and tell an organiser.`,
    later: "They are sent when the network is back.",
  }[why] ?? "";
  one(".of-queue").textContent = left ? `${waits} ${because}` : "Everything done here is sent.";
  one(".send").hidden = !left;
  one(".sign-in").hidden = why !== "shut";
  one(".network-back").hidden = !state;
  const odd = await door.told(), list = await door.about();
  one(".told").hidden = !odd.length;
  one(".told ul").replaceChildren(...odd.map((it) => made("li", inWords(it, list))));
}

const INSTEAD = { "already-inside": "was inside already", "not-inside": "was not inside", "not-valid": "has a pass that is not valid any more" };
function inWords({ kind, at: moment, outcome, since, door: where }, list) {
  const time = (it) => door.clock(list ?? {}, it);
  const before = since ? `, since ${time(since)}${where ? `, door “${where}”` : ""}` : "";
  return `${KIND[kind]} of ${time(moment)}: this person ${INSTEAD[outcome] ?? "needs a look"}${before}.`;
}

let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  try {
    if (await door.endOfDay()) await showList();
    if ((await door.about()) || (await door.unsent())) await showQueue(await door.send(at)); // else this is no steward's phone
  } finally {
    sending = false;
  }
}

one(".check").addEventListener("submit", async (event) => {
  event.preventDefault();
  await check(one("#code").value);
  one("#code").select();
});
one(".send").addEventListener("click", send);
addEventListener("online", send);
setInterval(async () => { await showList(); await send(); }, EVERY);

(async () => {
  await door.endOfDay();
  const list = await showList();
  await showQueue();
  if (list && location.pathname.startsWith("/pass/")) await check(location.pathname);
  send();
})();
