/* What a steward's phone keeps for a door without a network, in IndexedDB `door` and nowhere else: the list of one door
   (digests and opaque ids, no name), and what was done with it and is not sent yet. Also the way to send that. */
const door = (() => {
  const NAME = "door", AT_ONCE = 100, PATIENCE = 20_000; // scans a request; ms until one counts as lost
  const later = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  function opened() {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("about"); // of the list, and what is to be told
      asked.result.createObjectStore("list", { keyPath: "digest" });
      asked.result.createObjectStore("queue", { keyPath: "nr", autoIncrement: true });
    };
    return later(asked);
  }

  // One transaction: `work` gets its stores, and what it gives is given back once all of it is on the device.
  async function within(names, work) {
    const base = await opened();
    base.onversionchange = () => base.close();
    try {
      const step = base.transaction(names, "readwrite", { durability: "strict" });
      const done = new Promise((resolve, reject) => {
        step.oncomplete = resolve;
        step.onabort = () => reject(step.error);
      });
      const result = await work(...names.map((name) => step.objectStore(name)));
      await done;
      return result;
    } finally {
      base.close();
    }
  }

  // As the site reads a code (registration/models/passes.py); the whole address of a pass will do as well.
  function tokenOf(typed) {
    const [, last] = /\/pass\/([^/?#]+)/.exec(typed) ?? [, typed];
    const letters = last.toUpperCase().replace(/[\s\-\u2010-\u2014]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
    return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(letters) ? letters : null;
  }

  async function digestOf(salt, token) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(salt + token));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  const about = () => within(["about"], (store) => later(store.get("list")));
  const unsent = () => within(["queue"], (store) => later(store.count()));
  const told = async () => (await within(["about"], (store) => later(store.get("told")))) ?? [];
  // The phone's clock may be off: the site's, as it was when the list came, goes on from there.
  const now = (list) => new Date(Date.now() + list.ahead);

  // The list is put in place whole, or not at all. Nothing may wait to be sent: what it says is newer than that.
  async function keep({ rows, ...list }) {
    list.ahead = Date.parse(list.made_at) - Date.now();
    await within(["about", "list", "queue"], async (abouts, store, queue) => {
      if (await later(queue.count())) throw new Error("unsent");
      store.clear();
      abouts.clear();
      for (const row of rows) store.put(row);
      abouts.put({ ...list, count: rows.length }, "list");
    });
  }

  // At the day's end the list goes. What is unsent stays until it was sent.
  async function endOfDay() {
    const list = await about();
    if (!list || now(list) < new Date(list.expires_at)) return false;
    await within(["about", "list"], (abouts, store) => { abouts.delete("list"); return store.clear(); });
    await forgetPage();
    return true;
  }

  // Everything, unsent or not.
  async function wipe() {
    await within(["about", "list", "queue"], (...stores) => { for (const store of stores) store.clear(); });
    indexedDB.deleteDatabase(NAME); // waits for other tabs, which find it empty meanwhile
    await caches.delete(NAME);
  }

  // {list, row}: the list there is, and the row of this token in it, if there is one.
  async function find(token) {
    const list = await about();
    if (!list) return {};
    const digest = await digestOf(list.salt, token);
    return { list, row: await within(["list"], (store) => later(store.get(digest))) };
  }

  // Write down that somebody came in, left, or that the last of the two was a slip. `undoes` is that one's scan.
  const act = (digest, kind, undoes) => within(["about", "list", "queue"], async (abouts, rows, queue) => {
    const list = await later(abouts.get("list")), row = await later(rows.get(digest));
    if (!list || !row || (kind !== "undo" && row.inside === (kind === "in"))) return null; // done in another tab
    if (kind === "undo" && row.last?.scan !== undoes) return null;
    const done = { scan: crypto.randomUUID(), id: row.id, of: row.of, kind, at: now(list).toISOString(), door: list.door, list: list.made_at };
    if (undoes) done.undoes = undoes;
    queue.add(done);
    const changed = kind === "undo" ? row.last.before
      : { ...row, inside: kind === "in", seen: done.at, last: { scan: done.scan, kind, before: row } };
    delete changed.last?.before.last;
    rows.put(changed);
    return changed;
  });

  async function answerOf(address, options = {}) {
    const answer = await fetch(address, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE), ...options });
    const isOurs = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (isOurs && answer.ok) return answer.json();
    if (isOurs) throw Object.assign(new Error((await answer.json()).error), { why: "refused" });
    throw Object.assign(new Error(), { why: [403, 404].includes(answer.status) ? "shut" : "later" });
  }

  // Send what waits, in the order in which it was done, and keep of each answer what somebody must be told.
  // Gives {left, why, error, state}: why "later" (no network, or the site is not up), "shut" (signed out), "refused".
  async function send(at) {
    return navigator.locks ? navigator.locks.request("door", () => sendAll(at)) : sendAll(at);
  }

  async function sendAll(at) {
    let state;
    try {
      state = await answerOf(at.state);
      for (;;) {
        const waiting = await within(["queue"], (store) => later(store.getAll(null, AT_ONCE)));
        if (!waiting.length) return { left: 0, state };
        const { results, conflicts } = await answerOf(at.sync, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": state.token },
          body: JSON.stringify({ scans: waiting.map(({ nr, ...scan }) => scan) }),
        });
        state.conflicts = conflicts;
        await settle(waiting, results);
      }
    } catch (error) {
      return { left: await unsent(), why: error.why ?? "later", error: error.message, state };
    }
  }

  const AS_MEANT = { in: "admitted", out: "left", undo: "undone" };
  const settle = (waiting, results) => within(["about", "queue"], async (abouts, queue) => {
    const answers = new Map(results.map((result) => [result.scan, result]));
    const odd = [], answered = waiting.filter(({ scan }) => answers.has(scan));
    if (!answered.length) throw new Error("nothing was answered");
    for (const { nr, ...scan } of answered) {
      const result = answers.get(scan.scan);
      queue.delete(nr);
      if (result.outcome !== AS_MEANT[scan.kind]) odd.push({ kind: scan.kind, at: scan.at, outcome: result.outcome, since: result.since, door: result.door });
    }
    if (odd.length) abouts.put([...((await later(abouts.get("told"))) ?? []), ...odd], "told");
  });

  // The empty page for a door without a network, and the files it names: fetched without cookies, kept all or none.
  async function keepPage(address, until) {
    const as = { credentials: "omit", cache: "no-cache", redirect: "error" };
    const page = await fetch(address, as), text = await page.clone().text();
    const parts = [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("script[src], link[href]")];
    const files = [...new Set(parts.map((part) => part.getAttribute("src") ?? part.getAttribute("href")))];
    const answers = await Promise.all(files.map((file) => fetch(file, as)));
    if (![page, ...answers].every((answer) => answer.ok)) throw new Error("a file did not come");
    const cache = await caches.open(NAME);
    await Promise.all(files.map((file, at) => cache.put(file, answers[at])));
    await cache.put(address, page);
    await cache.put(`${address}until`, new Response(until)); // for the service worker, which clears up as well
    for (const { url } of await cache.keys()) {
      const { pathname } = new URL(url);
      if (![...files, address, `${address}until`].includes(pathname)) await cache.delete(pathname);
    }
  }

  const forgetPage = async () => (await unsent()) || caches.delete(NAME);

  const clock = (list, moment, more) => new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: list.zone, ...more }).format(new Date(moment));

  return { about, act, clock, endOfDay, find, forgetPage, keep, keepPage, now, send, tokenOf, told, unsent, wipe };
})();
