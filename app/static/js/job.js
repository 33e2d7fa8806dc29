/* Follows a job: <div data-job="status url" data-done data-dead> with <progress>, [data-job-state], [data-job-link] (hidden
   until the result is there), [data-job-error] and [data-job-wait]. Asks every second, slower after a minute. */
"use strict";

document.querySelectorAll("[data-job]").forEach((root) => {
  const bar = root.querySelector("progress");
  const word = root.querySelector("[data-job-state]");
  const link = root.querySelector("[data-job-link]");
  const cancel = root.querySelector("[data-job-cancel]");
  const failure = root.querySelector("[data-job-error]");
  let asked = 0;

  const show = (job) => {
    bar.value = job.progress;
    word.textContent = job.title;
    const over = ["done", "dead", "cancelled"].includes(job.state);
    bar.hidden = over;
    if (cancel) cancel.hidden = over;
    root.setAttribute("aria-busy", String(!over));
    if (job.state === "done" && job.result_url && link) {
      link.href = job.result_url;
      link.hidden = false;
    }
    if (over && root.dataset.reload !== undefined) location.reload();
    if (job.state === "dead" && failure) {
      failure.textContent = job.error || root.dataset.dead;
      failure.hidden = false;
    }
    return over;
  };
  const ask = async () => {
    asked += 1;
    const answer = await fetch(root.dataset.job, { headers: { Accept: "application/json", "X-Requested-With": "fetch" } }).catch(() => null);
    const over = answer && answer.ok ? show(await answer.json()) : Boolean(answer && answer.status === 404);
    if (!over) setTimeout(ask, asked < 60 ? 1000 : 5000);
  };
  if (cancel) {
    cancel.addEventListener("click", async () => {
      cancel.disabled = true;
      const headers = { Accept: "application/json", "X-Requested-With": "fetch", "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content };
      const answer = await fetch(root.dataset.job + "/cancel", { method: "POST", headers }).catch(() => null);
      if (answer && answer.ok) show(await answer.json());
      else cancel.disabled = false; // it ended meanwhile, or the network is away: the next question tells
    });
  }
  if (root.dataset.over === undefined) ask();
});
