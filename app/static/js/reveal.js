/* Shows one masked number in full: asks for a reason, posts it, puts the answer in the number's place.
   <span data-secret>110105********002X</span><button data-reveal="url" data-question data-failed>. */
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const wish = { question: button.dataset.question, reason: true, word: "", danger: false, phrases: [] };
  const answer = await ask(wish);
  if (!answer || !answer.reason) return;
  button.setAttribute("aria-busy", "true");
  const said = await fetch(button.dataset.reveal, {
    method: "POST",
    body: new URLSearchParams({ reason: answer.reason }),
    headers: {
      Accept: "application/json",
      "X-Requested-With": "fetch",
      "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
    },
  }).catch(() => null);
  button.removeAttribute("aria-busy");
  const body = said ? await said.json().catch(() => ({})) : {};
  const place = button.previousElementSibling;
  if (said && said.ok) {
    place.textContent = body.text;
    place.setAttribute("tabindex", "-1");
    button.remove();
    place.focus();
  } else {
    const note = button.nextElementSibling || document.createElement("span");
    note.className = "field-error";
    note.setAttribute("role", "alert");
    note.textContent = body.detail || button.dataset.failed;
    button.after(note);
  }
});
