/* Signing out on a phone of the door: not while it holds what is not sent yet, unless somebody says so; and the list goes. */
const box = document.querySelector(".unsent"), form = box.closest("form"), lose = box.querySelector("input");

const script = (address) => new Promise((resolve, reject) => {
  document.head.append(Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject }));
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const bases = (await indexedDB.databases?.()) ?? [{ name: "door" }]; // most people never worked at a door
    if (bases.some(({ name }) => name === "door")) {
      if (typeof door === "undefined") await script(box.dataset.store);
      let left = await door.unsent();
      if (left && !lose.checked) ({ left } = await door.send(box.dataset));
      if (left && !lose.checked) {
        box.hidden = false;
        box.querySelector(".count").textContent = left;
        box.querySelector(".message").focus();
        return;
      }
      await door.wipe();
    }
  } catch { /* a browser that keeps nothing */ }
  form.submit();
});
