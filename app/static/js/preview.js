/* Page images that are still being made: the placeholder is 481 wide, no page image is; ask again until the picture
   is there. Works for images that a script puts into a viewer later, too. */
"use strict";

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
