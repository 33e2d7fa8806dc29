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
