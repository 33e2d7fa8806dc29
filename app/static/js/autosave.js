/* A draft saves itself: <form data-autosave="url" data-lock-field="lock"> posts its fields after a pause in typing.
   The answer is {"lock": "7", "saved": "10:32", "kept": {"f-position": "…"}} or problem+json. Texts are on the status element. Unsent text survives
   in sessionStorage for <textarea data-keep="key">. */
"use strict";

document.querySelectorAll("form[data-autosave]").forEach((form) => {
  const status = document.querySelector("[data-autosave-status]");
  const pause = 1200;
  let timer = null;
  let unsaved = false;
  let running = 0;
  let saving = Promise.resolve(); // one after the other: each sends the lock that the one before it brought

  const say = (key, time) => {
    if (!status) return;
    status.textContent = status.dataset[key].replace("{time}", time || "");
    status.classList.toggle("bad", key === "failed" || key === "stale");
    status.classList.toggle("ok", key === "saved");
    status.hidden = false;
  };
  const body = () => {
    const data = new FormData(form);
    [...data.entries()].forEach(([name, value]) => {
      if (value instanceof File) data.delete(name);
    });
    return data;
  };
  const post = async () => {
    say("saving");
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: body(),
        keepalive: true,
        headers: { Accept: "application/json", "X-Requested-With": "fetch" },
      });
      if (answer.ok) {
        const result = await answer.json();
        const lock = form.elements[form.dataset.lockField || "lock"];
        if (lock && result.lock) lock.value = result.lock;
        const shown = form.elements.shown; // what the server compares with: now also what was just saved
        if (shown && result.kept) shown.value = JSON.stringify({ ...JSON.parse(shown.value), ...result.kept });
        form.dispatchEvent(new CustomEvent("autosaved", { detail: result, bubbles: true }));
        say("saved", result.saved);
      } else {
        say(answer.status === 409 ? "stale" : "failed");
      }
    } catch {
      say("failed");
    }
  };
  const save = () => {
    unsaved = false;
    running += 1;
    saving = saving.then(post).then(() => {
      running -= 1;
    });
    return saving;
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    unsaved = true;
    timer = setTimeout(save, pause);
  });
  const flush = () => {
    clearTimeout(timer);
    return unsaved ? save() : saving;
  };
  /* Another form of the page (a file to delete) waits: the page that it brings must know what was typed. */
  document.addEventListener(
    "submit",
    (event) => {
      const sent = event.target;
      if (sent.method !== "post" || !(running || (unsaved && sent !== form))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      flush().then(() => sent.requestSubmit(button));
    },
    true,
  );
  document.addEventListener("page-leaving", (event) => event.detail.waits.push(flush()));
  addEventListener("pagehide", flush);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    unsaved = false;
  });
  addEventListener("online", save);
});

document.querySelectorAll("[data-keep]").forEach((field) => {
  const key = "keep:" + field.dataset.keep;
  if (!field.value) field.value = sessionStorage.getItem(key) || "";
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
  if (field.form) field.form.addEventListener("submit", () => sessionStorage.removeItem(key));
});
