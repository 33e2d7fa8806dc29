/* Type-ahead for long lists: <div class="suggestions" data-suggest="url"> with a visible input[role=combobox], a hidden
   input that carries the chosen id, and ul[role=listbox]. The url answers [{"id": "…", "text": "…", "hint": "…"}]. */
"use strict";

class TypeAhead {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector('[role="combobox"]');
    this.value = root.querySelector('input[type="hidden"]');
    this.list = root.querySelector('[role="listbox"]');
    this.status = root.querySelector('[role="status"]');
    this.active = -1;
    this.timer = null;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => {
      const option = event.target.closest('[role="option"]');
      if (!option) return;
      event.preventDefault();
      this.choose(option);
    });
  }

  typed() {
    this.value.value = "";
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    if ([...text].length < 2) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.load(text), 250);
  }

  async load(text) {
    const url = new URL(this.root.dataset.suggest, location.href);
    url.searchParams.set("q", text);
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (text !== this.input.value.trim()) return;
    if (!answer || !answer.ok) {
      this.close();
      this.status.textContent = this.root.dataset.failed;
      return;
    }
    this.show(await answer.json());
  }

  show(rows) {
    this.list.replaceChildren(
      ...rows.map((row, index) => {
        const option = document.createElement("li");
        option.setAttribute("role", "option");
        option.id = this.list.id + "-" + index;
        option.dataset.id = row.id;
        option.dataset.text = row.text;
        option.append(row.text);
        if (row.hint) {
          const hint = document.createElement("span");
          hint.className = "muted small block";
          hint.textContent = row.hint;
          option.append(hint);
        }
        return option;
      }),
    );
    this.active = -1;
    this.list.hidden = rows.length === 0;
    this.input.setAttribute("aria-expanded", String(rows.length > 0));
    this.status.textContent = rows.length
      ? this.root.dataset.found.replace("{n}", rows.length)
      : this.root.dataset.none;
  }

  key(event) {
    const options = [...this.list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length && !this.list.hidden) {
      event.preventDefault();
      this.active = (this.active + step + options.length) % options.length;
      options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.active)));
      this.input.setAttribute("aria-activedescendant", options[this.active].id);
      options[this.active].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && this.active >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.choose(options[this.active]);
    } else if (event.key === "Escape") {
      this.close();
    }
  }

  choose(option) {
    this.input.value = option.dataset.text;
    this.value.value = option.dataset.id;
    this.value.dispatchEvent(new Event("change", { bubbles: true }));
    this.close();
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

document.querySelectorAll("[data-suggest]").forEach((root) => new TypeAhead(root));
