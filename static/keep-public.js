/* The service worker's work: it keeps the public programme for a place without network, and nothing that a person got.
   `kept` comes from /sw.js: {name, version, language, note, offline, pages, files}. What is kept is fetched here, anew
   and without cookies; no answer to somebody's click is ever copied. */
const PATIENCE = 6_000; // ms until a kept page is shown instead of one that does not come
const FRESH = 10 * 60_000; // ms after which the kept pages are asked for again, while there is a network
const store = `${kept.name} ${kept.version}`;
let refreshed = 0;

const isPublic = (answer) => answer.ok && answer.type === "basic" && !/no-store|private/.test(answer.headers.get("Cache-Control"));

// Four at a time. One that is gone is kept no longer; one that does not come stays as it was.
async function keep(addresses) {
  const cache = await caches.open(store), left = [...addresses];
  const work = async () => {
    for (let address; (address = left.shift()); ) {
      try {
        const answer = await fetch(address, { credentials: "omit", cache: "no-cache", redirect: "manual" });
        if (isPublic(answer)) await cache.put(address, answer);
        else if (answer.status < 500) await cache.delete(address);
      } catch { /* no network: later */ }
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  refreshed = Date.now();
}

async function keptFile(request) {
  return (await (await caches.open(store)).match(request)) ?? fetch(request);
}

async function keptPage(path) {
  const cache = await caches.open(store);
  const page = (await cache.match(path)) ?? (await cache.match(kept.offline));
  if (!page) return Response.error();
  const headers = new Headers(page.headers);
  for (const name of ["Content-Encoding", "Content-Length", "ETag"]) headers.delete(name);
  const time = new Intl.DateTimeFormat(kept.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(headers.get("Date")));
  const note = `<p class="message message-warning" role="status"><span>${kept.note.replace("{time}", time)}</span></p>`;
  return new Response((await page.text()).replace(/<main[^>]*>/, (main) => main + note), { headers });
}

async function page(request, path) {
  const answer = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(async () =>
    (await (await caches.open(store)).match(path)) ? keptPage(path) : answer);
  return Promise.race([answer, late]).catch(() => keptPage(path));
}

// The door's pages are never kept. In their place stands one empty page, which a steward's device keeps with its files
// (door-store.js, in a cache of its own; no other device has it), for when the network does not answer, nor the proxy
// for a site that is down.
const DOOR = "/door/offline/", NO_SITE = [502, 503, 504];
const keptForDoor = (what) => caches.match(what, { cacheName: "door" });

async function doorPage(request) {
  const answer = fetch(request).then(async (it) => (NO_SITE.includes(it.status) && (await keptForDoor(DOOR))) || it);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(async () => (await keptForDoor(DOOR)) ?? answer);
  return Promise.race([answer, late]).catch(async () => (await keptForDoor(DOOR)) ?? keptPage(DOOR));
}

// A list ends with its day, whether or not a page of the door is opened again.
async function endOfDoor() {
  const until = await keptForDoor(`${DOOR}until`);
  if (!until || Date.parse(await until.text()) > Date.now()) return;
  const asked = indexedDB.open("door");
  asked.onupgradeneeded = () => asked.transaction.abort(); // there was none
  const base = await new Promise((resolve) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(null);
  });
  if (base) {
    const step = base.transaction(["about", "list"], "readwrite");
    step.objectStore("list").clear();
    step.objectStore("about").delete("list");
    step.oncomplete = () => base.close();
  }
}

addEventListener("install", (event) => {
  event.waitUntil(keep([...kept.files, kept.offline, ...kept.pages]).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith(`${kept.name} `) && name !== store) await caches.delete(name);
    await clients.claim();
  })());
});

addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (kept.files.includes(pathname)) event.respondWith(keptFile(request));
  else if (request.mode === "navigate") {
    event.respondWith(/^\/(door|pass)\//.test(pathname) ? doorPage(request) : page(request, pathname));
    if (Date.now() - refreshed > FRESH) event.waitUntil(Promise.all([keep([...kept.pages, kept.offline, ...kept.files]), endOfDoor()]));
  } else if (["script", "style", "image"].includes(request.destination)) {
    event.respondWith(keptForDoor(request).then((file) => file ?? fetch(request)));
  }
});
