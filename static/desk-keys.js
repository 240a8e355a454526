/* Keys at the desk. A letter moves the focus to its button or link and does nothing else: Enter then presses it.
   They rest while somebody types, and can be switched off. */
const off = "desk-keys-off";
const kept = (act) => { try { return act(localStorage); } catch { return null; /* a browser that keeps nothing */ } };
const on = () => !kept((store) => store.getItem(off));
const typing = (it) => it.matches("textarea, select, input:not([type=checkbox], [type=radio])") || it.isContentEditable;

const show = () => { for (const key of document.querySelectorAll("kbd[aria-hidden]")) key.hidden = !on(); };
const ways = {
  p: () => (document.activeElement.closest(".decision-row") ?? document.querySelector(".decision-row"))?.querySelector("[name=preview]"),
  i: () => document.querySelector("[name=reason]"),
  m: () => document.querySelector("[name=words]"),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Escape" && target.closest(".decision-form") && typing(target)) return target.blur();
  if (!on() || event.defaultPrevented || event.repeat || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || typing(target)) return;
  const aim = /^[a-z]$/.test(key) && (document.querySelector(`[data-key="${key}"]`) ?? ways[key]?.());
  if (!aim) return;
  event.preventDefault();
  aim.focus();
});

const help = document.querySelector(".keys-help");
if (help) {
  const tick = help.querySelector(".keys-switch");
  help.hidden = false;
  tick.checked = on();
  tick.addEventListener("change", () => { kept((store) => tick.checked ? store.removeItem(off) : store.setItem(off, "1")); show(); });
}
show();
