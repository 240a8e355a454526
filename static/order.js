// Sessions of a track are put in order by dragging a row, or with its two buttons; both write the numbers, which are
// saved with the form. Without this script the numbers are typed.
const body = document.querySelector("#sessions-group tbody");

function rows() {
  return [...body.querySelectorAll("tr.form-row:not(.empty-form)")];
}

function field(row, name) {
  return row.querySelector(`[name$="-${name}"]`);
}

function titleOf(row) {
  return field(row, "title").value.trim();
}

function number() {
  rows().filter(titleOf).forEach((row, place) => { field(row, "number").value = place + 1; });
}

// Its errors stand in a row of their own before it.
function withErrors(row) {
  const before = row.previousElementSibling;
  return before?.classList.contains("row-form-errors") ? [before, row] : [row];
}

function put(row, before) {
  const all = withErrors(row);
  const place = before ? withErrors(before)[0] : rows().at(-1).nextElementSibling;
  all.forEach(one => body.insertBefore(one, place));
}

function tell(row) {
  const titled = rows().filter(titleOf);
  said.textContent = `“${titleOf(row) || "New session"}” is now ${titled.indexOf(row) + 1} of ${titled.length}. Save to keep this order.`;
}

function step(row, by, button) {
  const all = rows();
  const place = all.indexOf(row) + by;
  if (place >= 0 && place < all.length) {
    put(row, by < 0 ? all[place] : all[place + 1]);
    number();
    button.focus();
  }
  tell(row);
}

function button(label, sign, does) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "order-step";
  made.textContent = sign;
  made.setAttribute("aria-label", label);
  made.title = label;
  made.addEventListener("click", () => does(made));
  return made;
}

function grip(row) {
  const made = document.createElement("span");
  made.className = "order-grip";
  made.setAttribute("aria-hidden", "true");  // the buttons do the same
  made.textContent = "⠿";
  made.addEventListener("pointerdown", event => {
    event.preventDefault();
    made.setPointerCapture(event.pointerId);
    row.classList.add("order-dragged");
  });
  made.addEventListener("pointermove", event => {
    if (!made.hasPointerCapture(event.pointerId)) return;
    const others = rows().filter(other => other !== row);
    const below = others.find(other => {
      const box = other.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    if (rows()[rows().indexOf(row) + 1] !== below) put(row, below);
  });
  const end = () => {
    if (!row.classList.contains("order-dragged")) return;
    row.classList.remove("order-dragged");
    number();
    tell(row);
  };
  made.addEventListener("pointerup", end);
  made.addEventListener("pointercancel", end);
  return made;
}

function equip(row) {
  const steps = document.createElement("span");
  steps.className = "order-steps";
  steps.append(
    grip(row),
    button("Move up", "↑", made => step(row, -1, made)),
    button("Move down", "↓", made => step(row, 1, made)),
  );
  row.lastElementChild.prepend(steps);
}

const said = document.createElement("p");
said.className = "help";
said.setAttribute("role", "status");

if (body && field(rows()[0] ?? body, "number")) {
  body.closest("table").after(said);
  body.closest("table").querySelector("thead th:last-child").textContent = "Order";
  rows().forEach(equip);
  document.addEventListener("formset:added", event => {
    if (event.detail.formsetName === "sessions") equip(event.target);
  });
}
