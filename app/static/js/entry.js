/* Entry pages: sending a code by SMS with a countdown. <button data-send-code="url" data-fields="mobile captcha"
   data-seconds="60" data-wait="… {n} …"> inside its form; the answer's text goes to [data-code-status]. */
"use strict";

document.querySelectorAll("[data-send-code]").forEach((button) => {
  const form = button.form;
  const status = form.querySelector("[data-code-status]");
  const idle = button.textContent;

  const countDown = (seconds) => {
    button.disabled = seconds > 0;
    button.textContent = seconds > 0 ? button.dataset.wait.replace("{n}", seconds) : idle;
    if (seconds > 0) setTimeout(() => countDown(seconds - 1), 1000);
  };
  button.addEventListener("click", async () => {
    const data = new FormData();
    ["csrf_token", ...button.dataset.fields.split(" ")].forEach((name) => {
      if (form.elements[name]) data.append(name, form.elements[name].value);
    });
    button.disabled = true;
    const answer = await fetch(button.dataset.sendCode, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
    }).catch(() => null);
    const result = answer ? await answer.json().catch(() => ({})) : {};
    const complaint = ((result.errors || [])[0] || {}).text || result.detail;
    status.textContent = answer && answer.ok ? result.text : complaint || button.dataset.failed;
    form.dispatchEvent(new CustomEvent("codesent", { detail: result, bubbles: true }));
    countDown(answer && answer.ok ? Number(button.dataset.seconds) : 0);
    const captcha = form.querySelector("img[data-captcha]");
    if (captcha) captcha.src = captcha.dataset.captcha + "?" + Date.now();
  });
});

document.querySelectorAll("img[data-captcha]").forEach((image) => {
  const again = document.querySelector("[data-captcha-again]");
  if (again) again.addEventListener("click", () => (image.src = image.dataset.captcha + "?" + Date.now()));
});
