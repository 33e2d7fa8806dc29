/* Upload of a stamped roster: all photos or the PDF in one request, with progress, a row per file and the server's
   answer in place. <form data-scan> with input[type=file][multiple], [data-scan-files], <template data-scan-row>,
   [data-scan-progress], [data-scan-errors], [data-scan-typed] (the fields for an unreadable code) and [data-scan-unsure]
   (asked where no seal was recognised, answered by [data-scan-again] or [data-scan-stamped]). Without this script the form
   is posted as it is. */
"use strict";

class ScanForm {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector('input[type="file"]');
    this.list = form.querySelector("[data-scan-files]");
    this.template = form.querySelector("template[data-scan-row]");
    this.progress = form.querySelector("[data-scan-progress]");
    this.errors = form.querySelector("[data-scan-errors]");
    this.typed = form.querySelector("[data-scan-typed]");
    this.unsure = form.querySelector("[data-scan-unsure]");
    this.files = [];
    this.mistakes = [];
    this.input.required = false;
    form.querySelector("[data-scan-stamped]").addEventListener("click", () => this.send(true));
    form.querySelector("[data-scan-again]").addEventListener("click", () => this.again());
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    const zone = form.querySelector(".drop");
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
    form.addEventListener("submit", (event) => this.submit(event));
  }

  /* Every refused file keeps its mistake in sight until files are chosen anew. */
  add(files) {
    this.mistakes = [];
    files.forEach((file) => {
      const complaint = this.complaint(file);
      if (complaint) this.mistakes.push(file.name + ": " + complaint);
      else this.files.push(file);
    });
    this.input.value = "";
    this.unsure.hidden = true;
    this.say(this.mistakes);
    this.show();
  }

  again() {
    this.files = [];
    this.unsure.hidden = true;
    this.show();
    this.input.click();
  }

  complaint(file) {
    const text = this.form.dataset;
    const ending = file.name.split(".").pop().toLowerCase();
    if (!text.types.split(" ").includes(ending === "jpeg" ? "jpg" : ending)) return text.textType;
    if (file.size === 0) return text.textEmpty;
    if (file.size > Number(text.maxMb) * 1048576) return text.textSize;
    if (this.files.some((other) => other.name === file.name && other.size === file.size)) return text.textTwice;
    return "";
  }

  show() {
    this.list.replaceChildren(
      ...this.files.map((file, index) => {
        const row = this.template.content.firstElementChild.cloneNode(true);
        row.querySelector("[data-name]").textContent = file.name;
        row.querySelector("[data-size]").textContent =
          file.size < 1048576 ? Math.ceil(file.size / 1024) + " kB" : (file.size / 1048576).toFixed(1) + " MB";
        const remove = row.querySelector("[data-remove]");
        remove.setAttribute("aria-label", remove.dataset.label.replace("{name}", file.name));
        remove.addEventListener("click", () => {
          this.files.splice(index, 1);
          this.unsure.hidden = true;
          this.show();
        });
        return row;
      }),
    );
  }

  say(texts) {
    this.errors.hidden = texts.length === 0;
    const list = document.createElement("ul");
    texts.forEach((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      list.append(item);
    });
    this.errors.querySelector("[data-scan-reasons]").replaceChildren(list);
    if (texts.length) this.errors.scrollIntoView({ block: "nearest" });
  }

  submit(event) {
    event.preventDefault();
    if (!this.files.length) {
      this.say([...this.mistakes, this.form.dataset.textNone]);
      return;
    }
    this.send(false);
  }

  send(stamped) {
    const data = new FormData(this.form);
    data.delete(this.input.name);
    this.files.forEach((file) => data.append(this.input.name, file));
    if (stamped) data.set("stamped", "1");
    const buttons = this.form.querySelectorAll("button");
    const free = (on) => buttons.forEach((button) => (button.disabled = !on));
    const request = new XMLHttpRequest();
    this.say([]);
    this.unsure.hidden = true;
    free(false);
    this.progress.hidden = false;
    this.progress.value = 0;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) this.progress.value = Math.round((event.loaded / event.total) * 100);
    });
    /* All bytes have arrived; reading the codes of many pages takes a while. */
    request.upload.addEventListener("load", () => this.progress.removeAttribute("value"));
    const over = () => {
      this.progress.hidden = true;
      free(true);
    };
    request.addEventListener("load", () => {
      over();
      this.answered(request);
    });
    request.addEventListener("error", () => {
      over();
      this.say([this.form.dataset.textLost]);
    });
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Requested-With", "fetch");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
    request.send(data);
  }

  answered(request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = {};
    }
    if (request.status >= 200 && request.status < 300) {
      location.assign(answer.url);
      return;
    }
    if (answer.code === "seal_not_recognised") {
      this.unsure.querySelector("[data-scan-question]").textContent = answer.detail;
      this.unsure.hidden = false;
      this.unsure.scrollIntoView({ block: "nearest" });
      return;
    }
    const named = (answer.errors || []).map((error) => error.text);
    this.say(named.length ? named : [answer.detail || this.form.dataset.textLost]);
    if (answer.code === "roster_code_unreadable" && this.typed) {
      this.typed.open = true;
      this.typed.querySelector("input").focus();
    }
  }
}

document.querySelectorAll("form[data-scan]").forEach((form) => new ScanForm(form));
