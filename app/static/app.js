/* On every page: drawer, menus, tabs, dialogs, confirmation, passwords, submit lock, error summary. Deferred; no inline handlers.
   Texts come from the page (data-*), so this file knows no language. */
"use strict";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* What a tab keeps (opinions, entries not saved yet) belongs to one account: it goes with the next account, and on
   signing out. A form that was sent waits as "sent"; a page that refuses it ([data-form-refused]) keeps it for the
   form, any other page has taken it. */
const account = one('meta[name="account"]');
if (account) {
  const before = sessionStorage.getItem("account");
  if (before !== null && before !== account.content) sessionStorage.clear();
  sessionStorage.setItem("account", account.content);
}
all('form[action="/logout"]').forEach((form) => form.addEventListener("submit", () => sessionStorage.clear()));
const sentEntries = sessionStorage.getItem("entries-sent");
sessionStorage.removeItem("entries-sent");
if (sentEntries && one("[data-form-refused]")) sessionStorage.setItem("entries-kept", sentEntries);
all("[data-form-kept]").forEach((text) => {
  text.hidden = !sessionStorage.getItem("entries-kept");
});

/* Drawer on phones */
const drawerButton = one("[data-drawer]");
if (drawerButton) {
  const drawer = document.getElementById(drawerButton.getAttribute("aria-controls"));
  const toggle = (open) => {
    drawer.classList.toggle("open", open);
    drawerButton.setAttribute("aria-expanded", String(open));
  };
  drawerButton.addEventListener("click", () => toggle(!drawer.classList.contains("open")));
  document.addEventListener("click", (event) => {
    if (!drawer.contains(event.target) && !drawerButton.contains(event.target)) toggle(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.classList.contains("open")) {
      toggle(false);
      drawerButton.focus();
    }
  });
}

/* Menus are <details>; they close on a click elsewhere and on Escape. */
document.addEventListener("click", (event) => {
  all("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all("details.menu[open]").forEach((menu) => {
    menu.open = false;
    one("summary", menu).focus();
  });
});

/* Tabs within a page: [data-tabs] holds role=tab buttons whose aria-controls name their panels. */
all("[data-tabs]").forEach((group) => {
  const tabs = all('[role="tab"]', group);
  const select = (tab) => {
    tabs.forEach((other) => {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(other.getAttribute("aria-controls"));
      if (panel) panel.hidden = !chosen;
    });
  };
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      let target = null;
      if (steps[event.key]) target = tabs[(index + steps[event.key] + tabs.length) % tabs.length];
      if (event.key === "Home") target = tabs[0];
      if (event.key === "End") target = tabs[tabs.length - 1];
      if (!target) return;
      event.preventDefault();
      target.focus();
      select(target);
    });
  });
  const wanted = tabs.find((tab) => "#" + tab.getAttribute("aria-controls") === location.hash);
  if (wanted) select(wanted);
});

/* What a dialog is opened for: its first field that can be filled in, not the button that closes it. */
function firstField(dialog) {
  return all('input:not([type="hidden"]), select, textarea', dialog).find((field) => !field.disabled && field.offsetParent);
}

/* Own dialogs: <button data-open="id">, closed by [data-close]; focus returns natively.
   data-reload on the dialog: the page is read again after closing when something changed in it. */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (opener.dataset.choose) {
      const choice = one('select[name="' + opener.dataset.choose + '"]', dialog);
      if (choice) {
        choice.value = opener.dataset.value;
        choice.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }
    dialog.showModal();
    const field = firstField(dialog);
    if (field) field.focus();
  }
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
});
/* A dialog whose sending was refused stands open again, at the field that is wrong. */
all("dialog[data-open-now]").forEach((dialog) => {
  dialog.showModal();
  const wrong = one('[aria-invalid="true"]', dialog) || firstField(dialog);
  if (wrong) wrong.focus();
});

/* Read the page again, but first let scripts finish what must not be lost: they add promises to `detail.waits`. */
function rereadPage() {
  const waits = [];
  document.dispatchEvent(new CustomEvent("page-leaving", { detail: { waits: waits } }));
  Promise.allSettled(waits).then(() => location.reload());
}

all("dialog").forEach((dialog) => {
  dialog.addEventListener("close", () => {
    if (dialog.dataset.reload !== undefined && dialog.dataset.changed !== undefined) rereadPage();
  });
});

/* Confirmation: data-confirm="question" on a form or a submit button. data-reason asks for a required text sent as
   "reason"; data-type-to-confirm="word" for what cannot be taken back; data-danger paints the button red;
   data-phrases='["…"]' offers common phrases. */
const confirmDialog = document.getElementById("confirm");

function ask(wish) {
  return new Promise((resolve) => {
    const reason = one("[data-confirm-reason]", confirmDialog);
    const word = one("[data-confirm-word]", confirmDialog);
    const reasonInput = one("textarea", reason);
    const wordInput = one("input", word);
    const accept = one("[data-confirm-accept]", confirmDialog);
    one("[data-confirm-text]", confirmDialog).textContent = wish.question;
    reason.hidden = !wish.reason;
    reasonInput.required = wish.reason;
    reasonInput.value = "";
    word.hidden = !wish.word;
    wordInput.required = Boolean(wish.word);
    wordInput.value = "";
    one("[data-confirm-expected]", word).textContent = wish.word;
    wordInput.oninput = () => {
      wordInput.setCustomValidity(wordInput.value.trim() === wish.word ? "" : wordInput.dataset.mismatch);
    };
    if (wish.word) wordInput.oninput();
    else wordInput.setCustomValidity("");
    showPhrases(one(".phrases", reason), wish.phrases, reasonInput);
    accept.classList.toggle("danger", wish.danger);
    accept.classList.toggle("filled", wish.danger);
    accept.classList.toggle("primary", !wish.danger);
    confirmDialog.returnValue = "";
    confirmDialog.onclose = () => {
      resolve(confirmDialog.returnValue === "ok" ? { reason: reasonInput.value.trim() } : null);
    };
    confirmDialog.showModal();
    if (wish.reason) reasonInput.focus();
    else if (!wish.word && !wish.danger) accept.focus(); // Enter goes on; what is dangerous has to be chosen
  });
}

function showPhrases(place, phrases, target) {
  place.replaceChildren(
    ...phrases.map((phrase) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = phrase;
      button.addEventListener("click", () => {
        target.value = target.value ? target.value + "\n" + phrase : phrase;
        target.focus();
      });
      return button;
    }),
  );
}

function setHidden(form, name, value) {
  let input = one('input[type="hidden"][name="' + name + '"]', form);
  if (!input) {
    input = Object.assign(document.createElement("input"), { type: "hidden", name: name });
    form.append(input);
  }
  input.value = value;
}

function wishOf(form, button) {
  const data = (button && button.dataset.confirm !== undefined ? button : form).dataset;
  if (data.confirm === undefined) return null;
  const counted = form.dataset.selected && data.confirmCount;
  return {
    question: counted ? data.confirmCount.replace("{n}", form.dataset.selected) : data.confirm,
    reason: data.reason !== undefined,
    word: data.typeToConfirm || "",
    danger: data.danger !== undefined,
    phrases: data.phrases ? JSON.parse(data.phrases) : [],
  };
}

/* A form is sent once: its buttons lock with a spinner after the first click, until the page is shown again. */
function lock(form, button) {
  form.dataset.sent = "";
  if (button) {
    button.setAttribute("aria-busy", "true");
    if (button.name) setHidden(form, button.name, button.value);
  }
  setTimeout(() => {
    all("button:not([type=button])", form).forEach((other) => {
      other.disabled = true;
    });
    all('button[form="' + form.id + '"]').forEach((other) => {
      other.disabled = true;
    });
  }, 0);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.method === "dialog" || event.defaultPrevented) return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  const wish = form.dataset.confirmed === undefined && confirmDialog ? wishOf(form, button) : null;
  if (!wish) {
    all("[data-keep]", form).forEach((field) => sessionStorage.removeItem("keep:" + field.dataset.keep));
    if (form.method === "post" && form.dataset.unlocked === undefined) lock(form, button);
    return;
  }
  event.preventDefault();
  const answer = await ask(wish);
  if (!answer || (wish.reason && !answer.reason)) return;
  if (wish.reason) setHidden(form, "reason", answer.reason);
  form.dataset.confirmed = "";
  form.requestSubmit(button);
  delete form.dataset.confirmed;
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all("button", form).forEach((button) => {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    });
  });
});

/* Unsent text of <textarea data-keep="key"> outlives the page, until its form is sent. */
all("[data-keep]").forEach((field) => {
  const key = "keep:" + field.dataset.keep;
  if (!field.value) field.value = sessionStorage.getItem(key) || "";
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
});

/* Error summary takes the focus; its links move to the field. */
const summary = one("[data-error-summary]");
if (summary) summary.focus();

/* Selects and checkboxes that apply at once, without a button: page size, density, dates. */
all("[data-submit-on-change]").forEach((control) => {
  control.addEventListener("change", () => control.form.requestSubmit());
});

/* A notice goes away by itself when its time is over (data-until is an ISO time). */
all("[data-until]").forEach((notice) => {
  const left = Date.parse(notice.dataset.until) - Date.now();
  if (left <= 0) notice.hidden = true;
  else setTimeout(() => (notice.hidden = true), Math.min(left, 2147483647));
});

/* Copy a text to the clipboard: <button data-copy="…" data-done="Copied">. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.done;
});

/* Single keys of a page that holds [data-keys]: an element with data-key is pressed by its letter, a field takes the
   focus; scripts add their own to `pageKeys`. Never while typing or composing, held down, with modifiers or in a dialog.
   [data-keys-switch] turns them off for this account in this browser. */
const pageKeys = {};
const keysOff = "keys-off:" + (account ? account.content : "");
const noTyping = 'input:is([type="checkbox"], [type="radio"], [type="button"], [type="submit"])';
const isTyping = (target) => target.matches("input, textarea, select, [contenteditable]") && !target.matches(noTyping);
const isComposing = (event) => event.isComposing || event.keyCode === 229;

function pressKey(key, root) {
  if (pageKeys[key]) return pageKeys[key]() || true;
  const target = one('[data-key="' + CSS.escape(key) + '"]', root);
  const canBePressed = target && !target.disabled && target.getAttribute("aria-disabled") !== "true";
  if (!canBePressed || !target.getClientRects().length) return false;
  if (target.matches("input, textarea")) target.focus();
  else target.click();
  return true;
}
document.addEventListener("keydown", (event) => {
  const root = one("[data-keys]");
  if (!root || localStorage.getItem(keysOff) || one("dialog[open]")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (isComposing(event) || isTyping(event.target)) return;
  if (pressKey(event.key.toLowerCase(), root)) event.preventDefault();
});
all("[data-keys-switch]").forEach((box) => {
  box.checked = !localStorage.getItem(keysOff);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(keysOff) : localStorage.setItem(keysOff, "1")));
});

if (location.hash === "#search" && one('input[type="search"]')) one('input[type="search"]').focus();

/* Insert a common phrase: <button data-phrase-for="field id">text</button>. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-phrase-for]");
  if (!button) return;
  const field = document.getElementById(button.dataset.phraseFor);
  const phrase = button.dataset.phrase || button.textContent.trim();
  field.value = field.value ? field.value + " " + phrase : phrase;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const menu = button.closest("details.menu");
  if (menu) menu.open = false;
  field.focus();
});

/* Passwords can be looked at: <button data-show-password aria-controls="field id" aria-pressed="false" hidden>. Without
   script the button stays hidden; the field is hidden again before its form is sent. */
all("[data-show-password]").forEach((button) => {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false));
});
