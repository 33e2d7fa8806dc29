/* A draft saves itself: <form data-autosave="url" data-lock-field="lock"> posts its fields after a pause in typing.
   The answer is {"lock": "7", "saved": "10:32", "kept": {"f-position": "…"}, "mistakes": {…}} or problem+json; "shown"
   is a field of the form that says what the server holds of its controls. Texts are on the status element.
   A sign-in that ended leaves the form as it is; once the same account is signed in again, it saves. What a page
   could not save waits in sessionStorage (app.js gives it to no other account). */
"use strict";

const KEPT = "entries-kept";

document.querySelectorAll("form[data-autosave]").forEach((form) => {
  const status = document.querySelector("[data-autosave-status]");
  const pause = 1200;
  const patience = 8000; // a save that is not answered fails: forms of the page wait for it
  let timer = null;
  let unsaved = false;
  let running = 0;
  let ended = false;
  let saving = Promise.resolve(); // one after the other: each sends the lock that the one before it brought

  const say = (key, time) => {
    if (!status) return;
    status.textContent = status.dataset[key].replace("{time}", time || "");
    if (key === "ended") {
      const link = Object.assign(document.createElement("a"), { href: status.dataset.signInUrl, target: "_blank", rel: "noopener" });
      link.textContent = status.dataset.signIn;
      status.append(" ", link);
    }
    status.classList.toggle("bad", ["failed", "stale", "ended", "conflict"].includes(key));
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

  /* What was changed and is not saved: {path, entries: {name: [typed, shown]}} as text, "" for nothing. */
  const shownTexts = () => (form.elements.shown ? JSON.parse(form.elements.shown.value || "{}") : {});
  const changes = () => {
    const shown = shownTexts();
    const typed = [...body().entries()].filter(([name, value]) => name in shown && value !== shown[name]);
    const entries = Object.fromEntries(typed.map(([name, value]) => [name, [value, shown[name]]]));
    return typed.length ? JSON.stringify({ path: location.pathname, entries: entries }) : "";
  };
  const keep = () => {
    const text = changes();
    if (text) sessionStorage.setItem(KEPT, text);
  };
  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (!kept || kept.path !== location.pathname) return;
    sessionStorage.removeItem(KEPT);
    const shown = shownTexts();
    Object.entries(kept.entries).forEach(([name, [typed, before]]) => {
      if (!(name in shown)) return;
      form.elements[name].value = typed;
      shown[name] = before; // so that the server still notices a change made elsewhere meanwhile
    });
    form.elements.shown.value = JSON.stringify(shown);
    save();
  };

  /* A token for the sign-in of now. Only the applicant is shown this page, so it comes for the same account alone. */
  const renewed = async () => {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(patience) });
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector('meta[name="csrf-token"]').content;
    document.querySelector('meta[name="csrf-token"]').content = token;
    document.querySelectorAll('input[name="csrf_token"]').forEach((field) => {
      field.value = token;
    });
    return true;
  };
  const isOut = async (answer) => answer.status === 401 || (answer.status === 400 && (await answer.clone().json()).code === "csrf");
  const send = () =>
    fetch(form.dataset.autosave, {
      method: "POST",
      body: body(),
      keepalive: true,
      signal: AbortSignal.timeout(patience),
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
    });

  const taken = (result) => {
    const lock = form.elements[form.dataset.lockField || "lock"];
    if (lock && result.lock) lock.value = result.lock;
    if (form.elements.shown && result.kept) form.elements.shown.value = JSON.stringify({ ...shownTexts(), ...result.kept });
    if (Object.keys(result.mistakes || {}).length) keep(); // a page that is read again shows the marked entries as typed
    else sessionStorage.removeItem(KEPT);
    form.dispatchEvent(new CustomEvent("autosaved", { detail: result, bubbles: true }));
    if (Object.keys(result.mistakes || {}).length) say("conflict");
    else say("saved", result.saved);
  };
  const post = async () => {
    say("saving");
    try {
      let answer = await send();
      if ((await isOut(answer)) && (await renewed())) answer = await send();
      ended = await isOut(answer);
      if (answer.ok) taken(await answer.json());
      else say(ended ? "ended" : answer.status === 409 ? "stale" : "failed");
      if (!answer.ok) keep();
    } catch {
      say("failed");
      keep();
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
      if (sent.method !== "post" || !(running || ended || (unsaved && sent !== form))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      (ended ? save() : flush()).then(() => ended || sent.requestSubmit(button));
    },
    true,
  );
  document.addEventListener("page-leaving", (event) => event.detail.waits.push(flush()));
  addEventListener("pagehide", flush);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    unsaved = false;
    sessionStorage.removeItem(KEPT);
    const text = changes();
    if (text) sessionStorage.setItem("entries-sent", text);
  });
  addEventListener("online", save);
  document.addEventListener("visibilitychange", () => {
    if (ended && document.visibilityState === "visible") save();
  });
  restore();
});
