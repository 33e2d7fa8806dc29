/* Files and the desks they are reviewed at: material tabs, zoom, turning. <div data-desk> around the page; [data-material] buttons in .thumbs
   with data-pages='["url", …]', data-download and data-view (a POST that records the opening of this material);
   [data-unseen] says how many of those with data-counts were not opened yet; so does the question of a button with
   data-unseen-said, before its data-question.
   .viewer shows the pages; N and P turn to the next and previous material (single keys: app.js). */
"use strict";

/* Page images that are still being made: the placeholder is 481 wide, no page image is; ask again until the picture
   is there. Works for images that are put into a viewer later, too. */
const WAITING_WIDTH = 481;
const WAITING_TRIES = 40;

document.addEventListener(
  "load",
  (event) => {
    const image = event.target;
    if (!(image instanceof HTMLImageElement) || !image.src.includes("/files/") || image.naturalWidth !== WAITING_WIDTH) return;
    const tries = Number(image.dataset.tries || 0);
    if (tries >= WAITING_TRIES) return;
    image.dataset.tries = String(tries + 1);
    setTimeout(() => {
      const url = new URL(image.src);
      url.searchParams.set("again", String(tries + 1));
      image.src = url.href;
    }, 1500);
  },
  true,
);

const desk = document.querySelector("[data-desk]");

class Viewer {
  constructor(root) {
    this.root = root;
    this.place = root.querySelector(".viewer");
    this.tabs = [...root.querySelectorAll("[data-material]")];
    this.download = root.querySelector("[data-download-current]");
    this.unseen = root.querySelector("[data-unseen]");
    this.zooms = [50, 75, 100, 150, 200, 300];
    this.index = 0;
    this.tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.show(index));
      tab.addEventListener("keydown", (event) => this.walk(event));
    });
    root.querySelectorAll("[data-zoom-by]").forEach((button) => {
      button.addEventListener("click", () => this.zoom(Number(button.dataset.zoomBy)));
    });
    root.querySelectorAll("[data-turn-by]").forEach((button) => {
      button.addEventListener("click", () => this.turn());
    });
    if (this.tabs.length) this.show(0);
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.show(this.index + step);
    this.tabs[this.index].focus();
  }

  show(index) {
    this.index = (index + this.tabs.length) % this.tabs.length;
    const current = this.tabs[this.index];
    this.tabs.forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab === current));
      tab.tabIndex = tab === current ? 0 : -1;
    });
    this.place.dataset.zoom = "100";
    this.place.dataset.turn = "0";
    this.place.setAttribute("aria-labelledby", current.id);
    this.place.replaceChildren(...JSON.parse(current.dataset.pages).map((url, page) => this.image(current, url, page)));
    if (this.download) {
      this.download.hidden = !current.dataset.download;
      if (current.dataset.download) this.download.href = current.dataset.download;
    }
    this.record(current);
  }

  image(tab, url, page) {
    const image = new Image();
    image.loading = page ? "lazy" : "eager";
    image.decoding = "async";
    image.alt = (tab.dataset.pageText || "{name} {n}").replace("{name}", tab.dataset.name).replace("{n}", page + 1);
    image.src = url;
    return image;
  }

  async record(tab) {
    if (!tab.dataset.view || tab.dataset.viewed !== undefined) return;
    tab.dataset.viewed = "";
    const answer = await fetch(tab.dataset.view, {
      method: "POST",
      headers: {
        Accept: "application/json",
        "X-Requested-With": "fetch",
        "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
      },
    }).catch(() => null);
    const mark = tab.querySelector("[data-viewed-mark]");
    if (answer && answer.ok) {
      if (mark) mark.hidden = false;
      this.count();
    } else {
      delete tab.dataset.viewed;
    }
  }

  count() {
    if (!this.unseen) return;
    const left = this.tabs.filter((tab) => tab.dataset.counts !== undefined && tab.dataset.viewed === undefined).length;
    this.unseen.querySelector("[data-unseen-count]").textContent = String(left);
    this.unseen.hidden = !left;
    this.root.querySelectorAll("[data-unseen-said]").forEach((button) => {
      const said = left ? button.dataset.unseenSaid.replace("{n}", left) : "";
      button.dataset.confirm = said + button.dataset.question;
    });
  }

  zoom(step) {
    const at = this.zooms.indexOf(Number(this.place.dataset.zoom)) + step;
    this.place.dataset.zoom = String(this.zooms[Math.max(0, Math.min(at, this.zooms.length - 1))]);
  }

  turn() {
    this.place.dataset.turn = String((Number(this.place.dataset.turn) + 90) % 360);
  }
}

if (desk) {
  const viewer = desk.querySelector(".viewer") ? new Viewer(desk) : null;
  if (viewer && viewer.tabs.length) {
    pageKeys.n = () => viewer.show(viewer.index + 1);
    pageKeys.p = () => viewer.show(viewer.index - 1);
  }

  /* A reason chosen or words typed for an item tick it; a dialog opens with the opinion typed so far. */
  desk.addEventListener("change", (event) => {
    const box = event.target.closest("tr") && event.target.closest("tr").querySelector('input[name="finding"]');
    if (box && event.target !== box && event.target.value) box.checked = true;
  });
  desk.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    const dialog = opener && document.getElementById(opener.dataset.open);
    if (!dialog) return;
    dialog.querySelectorAll("[data-takes]").forEach((field) => {
      const source = document.getElementById(field.dataset.takes);
      if (source && source.value) field.value = source.value;
    });
  });

  /* Opening is a POST sent when the case is shown to its holder; a page loaded ahead never opens it. */
  const opening = desk.querySelector("form[data-opens]");
  if (opening && document.visibilityState === "visible") {
    fetch(opening.action, {
      method: "POST",
      body: new FormData(opening),
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
    });
  }
}
