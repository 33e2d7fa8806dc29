/* Uploads one file at a time with progress, errors at their file, and a way to try again after a lost connection.
   <div data-upload="url" data-name="file" data-max-mb="10" data-types="jpg png pdf" data-fields='{"type": "photo"}'>
   with input[type=file] and a list [data-files]. With data-looks pictures are looked at first (js/look.js, read when the
   first one is chosen). <template id="upload-words"> has the row of a file, the texts as data-text-*, and what pictures
   may be other than data-types say.
   Answer: JSON of the stored file, with "remarks" of the automatic checks, or problem+json with "detail". Fires "uploaded" after each stored file. */
"use strict";

function sizeText(bytes) {
  return bytes < 1048576 ? Math.ceil(bytes / 1024) + " kB" : (bytes / 1048576).toFixed(1) + " MB";
}

const uploadWords = document.getElementById("upload-words");

class Upload {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector('input[type="file"]');
    this.list = root.querySelector("[data-files]");
    this.words = uploadWords.dataset;
    const limits = JSON.parse(this.words.limits);
    this.limits = root.dataset.looks ? { ...limits, least: limits.least[root.dataset.looks] } : null;
    this.queue = [];
    this.running = false;
    this.looking = Promise.resolve(); // one file after the other, so that they travel in the order chosen
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.enableDrop(root.querySelector(".drop"));
    const camera = root.querySelector("[data-camera]");
    if (camera) camera.addEventListener("click", () => this.choose(camera.dataset.camera));
  }

  /* Open the choice of files, or the camera of a phone; some browsers offer it for pictures alone. */
  choose(camera) {
    const accept = this.input.accept;
    if (camera) {
      this.input.setAttribute("capture", camera);
      this.input.accept = "image/*";
    }
    this.input.click();
    this.input.removeAttribute("capture");
    this.input.accept = accept;
  }

  enableDrop(zone) {
    if (!zone) return;
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.take([...event.dataTransfer.files]);
    });
  }

  take(files) {
    files.forEach((file, at) => {
      const row = this.addRow(file);
      const isOneTooMany = at > 0 && !this.input.multiple; // dropped together; each would take the place of the one before
      const complaint = isOneTooMany ? this.words.textOne : this.complaint(file);
      if (complaint) this.fail(row, complaint, null);
      else this.looking = this.looking.then(() => this.consider({ file, row }));
    });
    this.input.value = "";
  }

  enqueue(job) {
    this.queue.push(job);
    this.next();
  }

  /* What the browser finds in a picture; what it cannot judge is left to the server. */
  async found(file) {
    try {
      return this.limits ? await (await import(this.words.look)).lookAt(file, this.limits) : [];
    } catch {
      return [];
    }
  }

  /* A picture that would come back is shown before it travels; the applicant may know better. */
  async consider(job) {
    const found = await this.found(job.file);
    if (!found.length) {
      this.enqueue(job);
      return;
    }
    const say = (one) =>
      this.words["text" + one.what].replace(/\{(\w+)\}/g, (_all, name) => one[name]);
    const choice = job.row.querySelector("[data-file-held]");
    this.remark(job.row, found.map(say).join(" "), this.words.textHeld);
    choice.hidden = false;
    choice.querySelector("[data-file-anyway]").onclick = () => {
      choice.hidden = true;
      this.enqueue(job);
    };
    choice.querySelector("[data-file-other]").onclick = () => {
      job.row.remove();
      this.choose();
    };
    if ([this.input, document.body].includes(document.activeElement)) choice.querySelector("[data-file-other]").focus();
  }

  remark(row, text, word) {
    const state = row.querySelector("[data-file-state]");
    const place = row.querySelector("[data-file-remarks]");
    state.textContent = word;
    state.className = "tag warn";
    place.hidden = false;
    place.textContent = text;
  }

  /* What the server would refuse anyway is said before the bytes travel; the server stays the truth. */
  complaint(file) {
    const { types: endings, maxMb } = this.root.dataset;
    const types = (endings || "").split(" ").filter(Boolean);
    const ending = file.name.split(".").pop().toLowerCase();
    const isOther = this.limits && this.words.pictures.split(" ").includes(ending);
    const mayShrink = this.limits && ending !== "pdf"; // the server makes large pictures smaller
    const most = Number(mayShrink ? this.words.pictureMb : maxMb);
    if (types.length && !isOther && !types.includes(ending) && !(ending === "jpeg" && types.includes("jpg"))) return this.words.textType;
    if (most && file.size > most * 1048576) return this.words.textSize.replace("{n}", maxMb);
    return "";
  }

  addRow(file) {
    const row = uploadWords.content.firstElementChild.cloneNode(true);
    row.querySelector("[data-file-name]").textContent = file.name;
    row.querySelector("[data-file-size]").textContent = sizeText(file.size);
    const progress = row.querySelector("progress");
    progress.setAttribute("aria-label", file.name);
    this.list.append(row);
    return row;
  }

  next() {
    if (this.running || !this.queue.length) return;
    this.running = true;
    this.send(this.queue.shift());
  }

  send(job) {
    const request = new XMLHttpRequest();
    const data = new FormData();
    const fields = typeof this.root.dataset.fields === "string" ? JSON.parse(this.root.dataset.fields) : {};
    Object.entries(fields).forEach(([name, value]) => data.append(name, value));
    this.root.querySelectorAll("[data-upload-field]").forEach((field) => data.append(field.name, field.value));
    data.append(this.root.dataset.name || "file", job.file);
    const progress = job.row.querySelector("progress");
    progress.hidden = false;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress.value = Math.round((event.loaded / event.total) * 100);
    });
    request.addEventListener("load", () => this.answered(request, job));
    request.addEventListener("error", () => this.lost(job));
    request.addEventListener("timeout", () => this.lost(job));
    request.open("POST", this.root.dataset.upload);
    request.timeout = 120000;
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Requested-With", "fetch");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
    request.send(data);
  }

  answered(request, job) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = {};
    }
    if (request.status >= 200 && request.status < 300) {
      this.done(job.row, answer);
    } else {
      const first = (answer.errors || [])[0];
      this.fail(job.row, (first && first.text) || answer.detail || this.words.textFailed, null);
    }
    this.running = false;
    this.next();
  }

  lost(job) {
    this.fail(job.row, this.words.textLost, () => {
      this.queue.unshift(job);
      this.next();
    });
    this.running = false;
    this.next();
  }

  done(row, answer) {
    row.querySelector("progress").hidden = true;
    const state = row.querySelector("[data-file-state]");
    const remarks = (answer.remarks || []).join(" ");
    const place = row.querySelector("[data-file-remarks]");
    state.textContent = remarks ? this.words.textRemarks : this.words.textDone;
    state.className = remarks ? "tag warn" : "tag ok";
    place.hidden = !remarks;
    place.textContent = remarks;
    row.querySelector("[data-file-error]").hidden = true;
    const dialog = this.root.closest("dialog");
    if (dialog) dialog.dataset.changed = "";
    this.root.dispatchEvent(new CustomEvent("uploaded", { detail: answer, bubbles: true }));
  }

  fail(row, text, retry) {
    row.querySelector("progress").hidden = true;
    const state = row.querySelector("[data-file-state]");
    state.textContent = this.words.textRefused;
    state.className = "tag bad";
    const place = row.querySelector("[data-file-error]");
    place.hidden = false;
    place.textContent = text;
    const again = row.querySelector("[data-file-retry]");
    again.hidden = !retry;
    again.onclick = () => {
      again.hidden = true;
      place.hidden = true;
      state.textContent = "";
      state.className = "";
      retry();
    };
  }
}

document.querySelectorAll("[data-upload]").forEach((root) => new Upload(root));
