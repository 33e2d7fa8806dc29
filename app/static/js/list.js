/* Lists: ticking rows (with shift for a range), the batch bar, filters, density. */
"use strict";

/* <form data-batch> with input[name=rowid] value "id:lock", an optional [data-all] box in the head, a .batch-bar with
   [data-count], [data-clear] and, to act on everything the filter shows, [data-everything] plus a disabled hidden
   input[name=everything] that holds the filter. */
document.querySelectorAll("form[data-batch]").forEach((form) => {
  const bar = form.querySelector(".batch-bar");
  const head = form.querySelector("[data-all]");
  const everything = form.querySelector("[data-everything]");
  const filter = form.querySelector('input[name="everything"]');
  const rows = () => [...form.querySelectorAll('input[name="rowid"]')];
  /* A capped total is no number: then there is always more than the page shows. */
  const total = everything ? Number(everything.dataset.everything) : 0;
  let last = null;

  const chooseEverything = (on) => {
    if (filter) filter.disabled = !on;
    if (everything) everything.setAttribute("aria-pressed", String(on));
  };
  const show = () => {
    const ticked = rows().filter((box) => box.checked);
    rows().forEach((box) => box.closest("tr").classList.toggle("selected", box.checked));
    const count = filter && !filter.disabled ? everything.dataset.everything : String(ticked.length);
    form.dataset.selected = ticked.length ? count : "";
    if (bar) {
      bar.hidden = ticked.length === 0;
      bar.querySelector("[data-count]").textContent = count;
    }
    if (everything) everything.hidden = ticked.length < rows().length || rows().length >= total;
    if (head) {
      head.checked = ticked.length > 0 && ticked.length === rows().length;
      head.indeterminate = ticked.length > 0 && !head.checked;
    }
  };
  const tickRange = (from, to) => {
    const boxes = rows();
    const [low, high] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
    boxes.slice(low, high + 1).forEach((box) => (box.checked = to.checked));
  };

  form.addEventListener("click", (event) => {
    const box = event.target;
    if (box.name === "rowid") {
      if (event.shiftKey && last) tickRange(last, box);
      last = box;
      chooseEverything(false);
    } else if (box === head) {
      rows().forEach((other) => (other.checked = head.checked));
      chooseEverything(false);
    } else if (event.target.closest("[data-clear]")) {
      rows().forEach((other) => (other.checked = false));
      chooseEverything(false);
    } else if (everything && everything.contains(event.target)) {
      chooseEverything(filter.disabled);
    } else {
      return;
    }
    show();
  });
  form.addEventListener("reset", () => setTimeout(show, 0));
  show();
});

/* Filters: chips remove themselves and apply; [data-add] brings a <template data-filter=name> into the row.
   FAB's generated lists name their operators _flt_<number>_<column>. */
document.querySelectorAll("form[data-filters]").forEach((form) => {
  const slot = form.querySelector("[data-slot]");
  const apply = form.querySelector("[data-apply]");

  const add = (name) => {
    const part = form.querySelector(`template[data-filter="${name}"]`).content.cloneNode(true);
    const operator = part.querySelector("[data-operator]");
    const control = [...part.querySelectorAll("input, select, textarea")].find((item) => item !== operator);
    if (operator) {
      const rename = () => (control.name = `_flt_${operator.value}_${name}`);
      rename();
      operator.addEventListener("change", rename);
      control.removeAttribute("id");
      control.removeAttribute("placeholder");
      if (control.closest(".appbuilder_date, .appbuilder_datetime")) control.type = "date";
    }
    slot.append(part);
    if (apply) apply.hidden = false;
    control.focus();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.remove !== undefined) {
      button.closest(".chip").remove();
      form.requestSubmit();
    }
    if (button.dataset.add) {
      add(button.dataset.add);
      button.closest("details").open = false;
    }
  });
  /* Empty fields do not belong into the address. */
  form.addEventListener("formdata", (event) => {
    [...event.formData.entries()].forEach(([name, value]) => {
      if (value === "") event.formData.delete(name);
    });
  });
});

/* Density of tables is a preference of the browser. */
const density = document.querySelector("[data-density-choice]");
if (density) {
  const use = (value) => (document.documentElement.dataset.density = value);
  density.value = localStorage.getItem("density") || "comfortable";
  use(density.value);
  density.addEventListener("change", () => {
    localStorage.setItem("density", density.value);
    use(density.value);
  });
}
