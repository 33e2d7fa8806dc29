/* Passwords can be looked at: <button data-show-password aria-controls="field id" aria-pressed="false" hidden>. Without
   script the button stays hidden; the field is hidden again before its form is sent. */
"use strict";

document.querySelectorAll("[data-show-password]").forEach((button) => {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false));
});
