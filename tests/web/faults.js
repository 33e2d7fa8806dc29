/* What is wrong with the page at its present width: its reach and its accessibility; or, given what was looked at
   before as `met`, those of what is folded away on it (dialogs, menus, tabs). */
async ({ rules, met }) => {
  const options = { runOnly: rules, resultTypes: ["violations"], preload: false };
  const found = [];
  const judge = async (root, what) => {
    for (const { id, nodes } of (await axe.run(root, options)).violations) {
      found.push(`${what}${id}: ${nodes[0].html.slice(0, 200)}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) found.push(`${what}wider than the screen`);
  };
  const FOLDED = "dialog:not([open]), details:not([open]), [role=tabpanel][hidden]";
  const unfold = (part) => {
    if (part.matches("dialog")) part.showModal();
    else if (part.matches("details")) part.open = true;
    else part.hidden = false;
  };
  const fold = (part) => {
    if (part.matches("dialog")) part.close();
    else if (part.matches("details")) part.open = false;
    else part.hidden = true;
  };
  const around = (part) => (part ? [...around(part.parentElement?.closest(FOLDED)), part] : []);

  const keys = [];
  if (!met) await judge(document, "");
  for (const part of document.querySelectorAll(met ? FOLDED : "none")) {
    const key = part.outerHTML.replace(/\d+/g, "#");
    if (met.includes(key) || keys.includes(key)) continue;
    keys.push(key);
    const opened = around(part);
    opened.forEach(unfold);
    const what = `${part.tagName.toLowerCase()} ${part.id || part.className}: `;
    await judge(part, what);
    const { left, right } = part.getBoundingClientRect();
    if (left < 0 || right > innerWidth) found.push(`${what}reaches beyond the screen`);
    if (part.matches("dialog") && part.scrollWidth > part.clientWidth) found.push(`${what}scrolls sideways`);
    opened.reverse().forEach(fold);
  }
  return { found, keys };
};
