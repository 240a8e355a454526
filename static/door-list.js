/* On the door's pages: sends what this phone did without a network. Where the list is loaded, also keeps that on the
   phone, with the empty page that reads it. */
const part = document.querySelector(".without-network"), at = part.dataset;
const [said, load, queued, conflicts] = [".of-list", ".load", ".of-queue", ".conflicts"].map((what) => part.querySelector(what));
const EVERY = 20_000; // ms between two looks
const steps = (count) => `${count} ${count === 1 ? "step" : "steps"} of this phone`;

async function showList(before = "") {
  const list = await door.about();
  if (!said || !(list || before)) return;
  const day = (moment) => door.clock(list, moment, { dateStyle: "medium", timeStyle: undefined });
  said.textContent = before + (list
    ? `This phone has the list for the door “${list.door}”: ${list.count} ${list.count === 1 ? "pass" : "passes"}, loaded on `
      + `${day(list.made_at)} at ${door.clock(list, list.made_at)}. It goes by itself on ${day(list.expires_at)} at ${door.clock(list, list.expires_at)}.`
    : "");
}

async function send() {
  if (await door.endOfDay()) await showList("The day is over: the list was taken off this phone.");
  const { left, why, error, state } = await door.send(at), odd = (await door.told()).length;
  queued.textContent = [
    left ? `${steps(left)} not sent yet.` : "",
    why === "refused" ? `The site refused: ${error}` : "",
    odd ? `${steps(odd)} did not fit what others did: look at them.` : "",
  ].join(" ").trim();
  if (state && conflicts) conflicts.textContent = `Steps that did not fit: ${state.conflicts || "none"}`;
  return left;
}

async function loadList() {
  load.disabled = true;
  said.textContent = "Loading …";
  try {
    if (await send()) throw new Error("What was done without a network goes first, and is not sent yet.");
    const answer = await fetch(at.list, { cache: "no-store", redirect: "error" });
    if (!answer.ok) throw new Error(`The site answered ${answer.status}.`);
    const list = await answer.json();
    await navigator.serviceWorker.register(at.worker);
    await door.keepPage(at.page, list.expires_at);
    await door.keep(list);
    await navigator.serviceWorker.ready;
    navigator.storage?.persist?.().catch(() => {}); // so that a full phone takes other things first
    await showList();
  } catch (error) {
    await showList(`The list was not loaded: ${error.message} `);
  } finally {
    load.disabled = false;
  }
}

async function begin() {
  addEventListener("online", send);
  setInterval(send, EVERY);
  await showList();
  await send();
  const list = await door.about();
  if (!list) return;
  await door.keepPage(at.page, list.expires_at).catch(() => {}); // as it is now
  // What is pressed without a network would end on the browser's own page. The pass's address ends on ours.
  addEventListener("submit", (event) => {
    if (navigator.onLine || !location.pathname.startsWith("/pass/")) return;
    event.preventDefault();
    location.reload();
  });
}

if (navigator.serviceWorker && window.indexedDB && window.crypto?.subtle) {
  if (load) {
    load.hidden = false;
    load.addEventListener("click", loadList);
  }
  begin();
} else if (said) {
  said.textContent = "This browser keeps nothing: without a network it cannot tell who may come in. Use another one, or no private window.";
}
