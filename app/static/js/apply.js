/* The applicant's form. After each autosave the server says which entries and materials the answers ask for and which
   entries are malformed: {"asked": ["education", …], "slots": ["photo", …], "mistakes": {"f-salary": "Enter a number."}}.
   When the list of materials changes, the page is read again as soon as nobody types. */
"use strict";

const caseForm = document.getElementById("case-form");

function showMistake(part, text) {
  const control = part.querySelector("input, select, textarea");
  if (!control) return;
  const id = control.id + "-error";
  let note = document.getElementById(id);
  if (!text) {
    if (note) note.remove();
    control.removeAttribute("aria-invalid");
    return;
  }
  if (!note) {
    note = Object.assign(document.createElement("p"), { id: id, className: "field-error" });
    (part.querySelector(".field") || part).append(note);
  }
  note.textContent = text;
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", id);
}

if (caseForm) {
  const shownSlots = () => [...document.querySelectorAll("[data-materials] li[id^='material-']")].map((item) => item.id.slice(9));
  const isTyping = () => {
    const active = document.activeElement;
    return Boolean(active) && caseForm.contains(active) && active.matches("input:not([type=radio]), textarea");
  };

  /* The page is read again for its materials as soon as nobody types and no dialog is open. */
  let wanted = "";
  const catchUp = () => {
    if (wanted && wanted !== shownSlots().join() && !isTyping() && !document.querySelector("dialog[open]")) rereadPage();
  };
  caseForm.addEventListener("autosaved", (event) => {
    const { asked, slots, mistakes } = event.detail;
    caseForm.querySelectorAll("[data-asked]").forEach((part) => {
      if (asked) part.hidden = !asked.includes(part.dataset.asked);
      showMistake(part, (mistakes || {})["f-" + part.dataset.asked]);
    });
    wanted = slots ? slots.join() : wanted;
    catchUp();
  });
  caseForm.addEventListener("focusout", () => setTimeout(catchUp)); // the next field has the focus by then
  document.querySelectorAll("dialog").forEach((dialog) => dialog.addEventListener("close", catchUp));
}
