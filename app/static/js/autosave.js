/* A draft saves itself: <form data-autosave="url" data-lock-field="lock"> posts its fields after a pause in typing.
   The answer is {"lock": "7", "saved": "10:32", "saved_at": "…", "kept": {"f-position": "…"}, "mistakes": {…},
   "changed": {"f-position": "…"}} or problem+json. "shown" is a field of the form that says what the server holds of its
   controls, "sent" what was sent of them without an answer. An entry that another window changed ("changed": what it is
   now) is refused until its own form is sent by hand. Texts are on the status element.
   A sign-in that ended leaves the form as it is; once the same account is signed in again, it saves. What a page
   could not save waits in sessionStorage (app.js gives it to no other account), and so does what was not put back. */
"use strict";

const KEPT = "entries-kept";
const LATE = "entries-late";
const KEEPALIVE_MOST = 50000; // bytes; browsers refuse more than 64 KiB of what shall outlive its page

document.querySelectorAll("form[data-autosave]").forEach((form) => {
  const status = document.querySelector("[data-autosave-status]");
  const pause = 1200;
  const patience = 8000; // a save that is not answered fails: forms of the page wait for it
  let timer = null;
  let unsaved = false;
  let running = 0;
  let posted = []; // entries of the save that waits for its answer
  let ended = false;
  let changed = {}; // entries changed elsewhere, as they are there now
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

  /* What was changed and is not saved: {path, at, entries: {name: [typed, shown, sent]}} as text, "" for nothing. `at`
     is the save that the page knows of. */
  const memory = (name) => JSON.parse((form.elements[name] && form.elements[name].value) || "{}");
  const remember = (name, texts) => {
    if (form.elements[name]) form.elements[name].value = JSON.stringify(texts);
  };
  const typedEntries = () => {
    const shown = memory("shown");
    return [...body().entries()].filter(([name, value]) => name in shown && value !== shown[name]);
  };
  const changes = () => {
    const [shown, sent] = [memory("shown"), memory("sent")];
    const entries = typedEntries().map(([name, value]) => [name, [value, shown[name], sent[name] || []]]);
    if (!entries.length) return "";
    return JSON.stringify({ path: location.pathname, at: form.dataset.savedAt, entries: Object.fromEntries(entries) });
  };
  const keep = () => {
    const text = changes();
    if (text) sessionStorage.setItem(KEPT, text);
  };
  /* Whether the texts just posted are stored nobody knows; the next save says so. */
  const unanswered = () => {
    const sent = memory("sent");
    posted.forEach(([name, value]) => {
      sent[name] = [...(sent[name] || []).filter((text) => text !== value), value].slice(-3);
    });
    remember("sent", sent);
  };
  /* Newer text of another window stays; what was typed before it is told beside it until the form is sent by hand. */
  const late = () => {
    const kept = JSON.parse(sessionStorage.getItem(LATE) || "null");
    return kept && kept.path === location.pathname ? kept.entries : {};
  };
  const tellLate = (name, typed) => {
    const found = form.elements[name];
    if (!found || !status) return;
    const many = found instanceof RadioNodeList ? [...found] : [];
    const control = many[0] || found;
    const option = [...(control.options || many)].find((one) => one.value === typed);
    const word = option && (option.text || option.labels[0].textContent.trim());
    const note = Object.assign(document.createElement("p"), { id: control.id + "-late", className: "field-flag" });
    note.textContent = status.dataset.late.replace("{text}", word || typed);
    (control.closest(".field") || form).append(note);
    control.setAttribute("aria-describedby", [control.getAttribute("aria-describedby"), note.id].filter(Boolean).join(" "));
  };
  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (!kept || kept.path !== location.pathname) return;
    sessionStorage.removeItem(KEPT);
    const shown = memory("shown");
    const notPutBack = late();
    const nobodySaved = kept.at === form.dataset.savedAt;
    Object.entries(kept.entries).forEach(([name, [typed, before, sent]]) => {
      if (!(name in shown) || shown[name] === typed) return;
      const isNewer = !nobodySaved && ![before, ...sent.map((text) => text.trim())].includes(shown[name]);
      if (isNewer) {
        notPutBack[name] = typed;
        return;
      }
      form.elements[name].value = typed;
      if (nobodySaved) shown[name] = before; // so that the server still notices a change made elsewhere meanwhile
    });
    remember("shown", shown);
    if (Object.keys(notPutBack).length) sessionStorage.setItem(LATE, JSON.stringify({ path: location.pathname, entries: notPutBack }));
    save();
  };
  const askAgain = () => {
    const before = JSON.parse(form.dataset.shownBefore || "{}");
    const shown = memory("shown");
    Object.keys(before).forEach((name) => {
      changed[name] = shown[name];
    });
    remember("shown", { ...shown, ...before });
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
  const send = async (leaving) => {
    const mayBeStored = (answer) => !answer || answer.status >= 500;
    posted = navigator.onLine === false ? [] : typedEntries(); // without a connection nothing can have arrived
    const options = {
      method: "POST",
      body: body(),
      keepalive: leaving,
      signal: AbortSignal.timeout(patience),
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
    };
    const answer = await fetch(form.dataset.autosave, options).catch(() => null);
    if (mayBeStored(answer)) unanswered();
    return answer || Response.error();
  };

  const taken = (result) => {
    const lock = form.elements[form.dataset.lockField || "lock"];
    if (lock && result.lock) lock.value = result.lock;
    if (result.kept) remember("shown", { ...memory("shown"), ...result.kept });
    if (result.saved_at) form.dataset.savedAt = result.saved_at;
    remember("sent", {});
    changed = result.changed || {};
    if (Object.keys(result.mistakes || {}).length) keep(); // a page that is read again shows the marked entries as typed
    else sessionStorage.removeItem(KEPT);
    form.dispatchEvent(new CustomEvent("autosaved", { detail: result, bubbles: true }));
    if (Object.keys(result.mistakes || {}).length) say("conflict");
    else say("saved", result.saved);
  };
  const post = async (leaving = false) => {
    say("saving");
    try {
      let answer = await send(leaving);
      if ((await isOut(answer)) && (await renewed())) answer = await send(leaving);
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
    saving = saving.then(() => post()).then(() => {
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
  /* A save that is under way ends with its page: it is sent once more, and may be stored already. */
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    if (!unsaved && !running) return;
    if (running) unanswered();
    unsaved = false;
    const fits = new Blob([...body().values()]).size <= KEEPALIVE_MOST;
    if (!fits || navigator.onLine === false) keep();
    post(fits);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    unsaved = false;
    remember("shown", { ...memory("shown"), ...changed }); // sent by hand, it takes the place of what was refused
    sessionStorage.removeItem(KEPT);
    sessionStorage.removeItem(LATE);
    const text = changes();
    if (text) sessionStorage.setItem("entries-sent", text);
  });
  addEventListener("online", save);
  document.addEventListener("visibilitychange", () => {
    if (ended && document.visibilityState === "visible") save();
  });
  askAgain();
  restore();
  Object.entries(late()).forEach(([name, typed]) => tellLate(name, typed));
});
