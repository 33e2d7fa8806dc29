/* The applicant's form: after each autosave the server says which entries and materials the answers ask for.
   Answer: {"asked": ["education", …], "slots": ["photo", …]}; a change of the materials reads the page again. */
"use strict";

const caseForm = document.getElementById("case-form");

if (caseForm) {
  const slots = () => [...document.querySelectorAll("[data-materials] li[id^='material-']")].map((item) => item.id.slice(9));

  caseForm.addEventListener("autosaved", (event) => {
    const { asked, slots: wanted } = event.detail;
    if (asked) {
      caseForm.querySelectorAll("[data-asked]").forEach((part) => {
        part.hidden = !asked.includes(part.dataset.asked);
      });
    }
    const active = document.activeElement;
    const typing = active && caseForm.contains(active) && active.matches("input, textarea");
    if (wanted && !typing && wanted.join() !== slots().join()) location.reload();
  });
}
