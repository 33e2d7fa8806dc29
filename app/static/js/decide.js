/* Parts of a form that belong to one choice: [data-when="send_back"] is shown, and what it holds required
   ([data-needed]), exactly while the radio of that value is chosen. Items on a desk: a ticked box opens its reason. */
"use strict";

document.querySelectorAll("[data-choices]").forEach((root) => {
  const parts = [...root.querySelectorAll("[data-when]")];
  const show = () => {
    const chosen = root.querySelector('input[type="radio"]:checked');
    parts.forEach((part) => {
      part.hidden = !chosen || part.dataset.when !== chosen.value;
      part.querySelectorAll("[data-needed]").forEach((field) => (field.required = !part.hidden));
    });
  };
  root.addEventListener("change", show);
  show();
});

/* A reason that demands a text of its own: <select data-texts='["other"]' data-text-field="id">. */
document.querySelectorAll("select[data-texts]").forEach((select) => {
  const text = document.getElementById(select.dataset.textField);
  const wanted = JSON.parse(select.dataset.texts);
  const show = () => (text.required = !select.closest("[hidden]") && wanted.includes(select.value));
  select.addEventListener("change", show);
});

document.querySelectorAll("[data-item]").forEach((row) => {
  const box = row.querySelector('input[type="checkbox"]');
  const part = row.querySelector("[data-item-reason]");
  const select = part.querySelector("select");
  const show = () => {
    part.hidden = !box.checked;
    select.required = box.checked;
  };
  box.addEventListener("change", show);
  show();
});

/* The batch dialog says how many rows it is about. */
document.querySelectorAll("[data-open][data-counts]").forEach((button) => {
  button.addEventListener("click", () => {
    const place = document.getElementById(button.dataset.open).querySelector("[data-batch-count]");
    if (place) place.textContent = button.form.dataset.selected || "1";
  });
});
