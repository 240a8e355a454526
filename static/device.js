/* What this device keeps for somebody who is not signed in: the public pages, for a place without network
   (keep-public.js), and what was ticked: the last parts of public sessions' addresses and nothing else. */
navigator.serviceWorker?.register(document.currentScript.dataset.worker).catch(() => {}); // a browser that keeps nothing

const one = (what) => document.querySelector(what);
const key = "my-agenda";
const read = () => { try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; } };
const write = (slugs) => { try { slugs.length ? localStorage.setItem(key, JSON.stringify(slugs)) : localStorage.removeItem(key); } catch { /* a browser that keeps nothing */ } };
const same = (a, b) => String([...a].sort()) === String([...b].sort());
const ticked = (form) => [...form.elements].filter(({ name, checked }) => name === "s" && checked).map(({ value }) => value);

const choose = one('#choose[method="get"]');
if (choose) {
  for (const tick of choose.elements) if (read().includes(tick.value)) tick.checked = true;
  for (const tick of choose.elements) tick.addEventListener("change", () => write(ticked(choose)));
}

const form = one('.my-agenda form[method="get"]');
if (form) {
  const shown = ticked(form);
  const [other, remember, forget] = [".remembered", ".remember", ".forget"].map(one);
  const show = () => {
    const kept = read();
    other.hidden = !kept.length || same(kept, shown);
    other.firstChild.search = new URLSearchParams(kept.map((slug) => ["s", slug]));
    remember.hidden = !shown.length || same(kept, shown);
    forget.hidden = !shown.length || !same(kept, shown);
  };
  remember.lastChild.addEventListener("click", () => { write(shown); show(); });
  forget.lastElementChild.addEventListener("click", () => { write([]); show(); });
  // A selection that is remembered goes on being remembered as it is changed; somebody else's never takes its place.
  const follow = (slugs) => { if (same(read(), shown)) write(slugs); };
  for (const link of document.querySelectorAll("a.selects")) link.addEventListener("click", () => follow(new URL(link.href).searchParams.getAll("s")));
  form.addEventListener("submit", () => follow(ticked(form)));
  addEventListener("pageshow", show);
  show();
}
