/* Registration of a person: sex and birth are asked only where the document's number does not tell them.
   <div data-unless-document="codes of types that tell"> in a form with a select named doc_type. Without script both stay visible. */
"use strict";

document.querySelectorAll("[data-unless-document]").forEach((part) => {
  const choice = part.closest("form").elements.doc_type;
  const told = part.dataset.unlessDocument.split(" ");
  const show = () => {
    part.hidden = told.includes(choice.value) && !part.querySelector('[aria-invalid="true"]');
  };
  choice.addEventListener("change", show);
  show();
});

/* What a number tells stands beside it at once: <p data-number-tells="codes of types that tell" data-text="… {sex} … {birth}">.
   Whether the number is right is the server's to say, which takes both from it. */
document.querySelectorAll("[data-number-tells]").forEach((note) => {
  const { doc_no: number, doc_type: type, sex } = note.closest("form").elements;
  const tell = () => {
    const parts = number.value.trim().match(/^\d{6}((?:19|20)\d\d)(\d\d)(\d\d)\d\d(\d)[\dXx]$/);
    const born = parts ? new Date(`${parts[1]}-${parts[2]}-${parts[3]}T00:00:00Z`) : new Date(NaN);
    const isDay = !Number.isNaN(born.getTime()) && born.getUTCDate() === Number(parts[3]);
    note.hidden = !(isDay && note.dataset.numberTells.split(" ").includes(type.value));
    if (note.hidden) return;
    const told = [...sex.options].find((one) => one.value === (parts[4] % 2 ? "1" : "2"));
    note.textContent = note.dataset.text.replace("{sex}", told.text).replace("{birth}", born.toISOString().slice(0, 10));
  };
  number.addEventListener("input", tell);
  type.addEventListener("change", tell);
  tell();
});
