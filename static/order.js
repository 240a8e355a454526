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

// It is the other row that moves: what has the focus, or the pointer, would lose it by leaving the page for a moment.
function shift(row, by) {
  const other = rows()[rows().indexOf(row) + by];
  if (!other) return false;
  if (by < 0) row.after(...withErrors(other));
  else withErrors(row)[0].before(...withErrors(other));
  return true;
}

function tell(row) {
  const titled = rows().filter(titleOf);
  said.textContent = `“${titleOf(row) || "New session"}” is now ${titled.indexOf(row) + 1} of ${titled.length}. Save to keep this order.`;
}

function step(row, by) {
  if (shift(row, by)) number();
  tell(row);
}

function button(label, sign, does) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "order-step";
  made.textContent = sign;
  made.setAttribute("aria-label", label);
  made.title = label;
  made.addEventListener("click", does);
  return made;
}

function middleOf(row, otherwise) {
  if (!row) return otherwise;
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
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
    while (event.clientY < middleOf(rows()[rows().indexOf(row) - 1], -Infinity)) shift(row, -1);
    while (event.clientY > middleOf(rows()[rows().indexOf(row) + 1], Infinity)) shift(row, 1);
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
    button("Move up", "↑", () => step(row, -1)),
    button("Move down", "↓", () => step(row, 1)),
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
