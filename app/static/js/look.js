/* Looks at a picture before it travels: too small, too dark, blurred? Measured as app/adapters/decoder.py does and judged
   by the limits of app/domain/measures.py, which the page hands over. What the browser cannot decode is left to the
   server, and so is everything that needs more than a look. Answers [{what: "Small", width, height, least}, …]. */
const LOOK_SIDE = 800;
const LOOK_COARSER = 4;
const BRIGHTEST = 0.1;

function grey(bitmap, side) {
  const share = side / Math.max(bitmap.width, bitmap.height);
  const width = Math.max(Math.round(bitmap.width * share), 8);
  const height = Math.max(Math.round(bitmap.height * share), 8);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  const data = context.getImageData(0, 0, width, height).data;
  const values = new Uint8ClampedArray(width * height);
  for (let at = 0; at < values.length; at += 1) {
    values[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  }
  return { width, height, values };
}

/* Variance of the Laplacian. */
function edges({ width, height, values }) {
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const around = values[at - 1] + values[at + 1] + values[at - width] + values[at + width];
      const value = Math.max(-128, Math.min(127, (around - 4 * values[at]) / 4));
      sum += value;
      squares += value * value;
      count += 1;
    }
  }
  return squares / count - (sum / count) ** 2;
}

/* The luminance that the brightest tenth reaches. */
function light({ values }) {
  const sorted = Uint8Array.from(values).sort();
  return sorted[Math.floor(sorted.length * (1 - BRIGHTEST))];
}

function smallest(bitmap, limits) {
  const [long, short] = [Math.max(bitmap.width, bitmap.height), Math.min(bitmap.width, bitmap.height)];
  if (limits.least.photo) return short < limits.least.photo ? limits.least.photo : 0;
  const isCard = long / short >= limits.cardRatio[0] && long / short <= limits.cardRatio[1];
  const least = isCard ? limits.least.card : limits.least.page;
  return long < least ? least : 0;
}

function judged(bitmap, limits) {
  const found = [];
  const side = Math.min(Math.max(bitmap.width, bitmap.height), LOOK_SIDE);
  const small = grey(bitmap, Math.floor(side / LOOK_COARSER));
  const texture = edges(small);
  const least = smallest(bitmap, limits);
  if (light(small) < limits.dark) found.push({ what: "Dark" });
  else if (texture >= limits.edges && edges(grey(bitmap, side)) <= limits.blurNoise + limits.blurShare * texture) found.push({ what: "Blurred" });
  if (least) found.push({ what: "Small", width: bitmap.width, height: bitmap.height, least });
  return found;
}

export async function lookAt(file, limits) {
  const bitmap = file.name.toLowerCase().endsWith(".pdf") ? null : await createImageBitmap(file).catch(() => null);
  try {
    return bitmap ? judged(bitmap, limits) : [];
  } finally {
    if (bitmap) bitmap.close();
  }
}
