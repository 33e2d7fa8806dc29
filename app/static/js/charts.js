/* Draws the table of every [data-chart] beside it: rows are named by their first cell, columns with data-tone are the
   series. The table is the one source of the figures, for eyes, screen readers and the drawing alike. */
"use strict";

const TONES = { plain: "--primary-500", soft: "--primary-200", ok: "--ok", warn: "--focus", bad: "--bad" };
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const drawn = heads.flatMap((head, at) => (head.dataset.tone ? [at] : []));
  return {
    names: rows.map((row) => row.cells[0].textContent.trim()),
    series: drawn.map((at) => ({
      name: heads[at].textContent.trim(),
      color: token(TONES[heads[at].dataset.tone]),
      data: rows.map((row) => Number(row.cells[at].textContent)),
    })),
  };
}

/* Long names are cut on the axis; the table has them whole. */
const cut = (text, most) => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);

function options(shape, { names, series }) {
  const text = { color: token("--text-2"), fontFamily: token("--font") };
  const isStacked = shape === "stacked";
  const isNarrow = innerWidth < 600; // the legend breaks into two lines
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: text,
    grid: { left: 8, right: 40, top: isStacked ? (isNarrow ? 56 : 36) : 8, bottom: 8, containLabel: true },
    legend: { show: isStacked, top: 0, left: 0, textStyle: text },
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    xAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: token("--border") } } },
    yAxis: {
      type: "category",
      inverse: true,
      data: names,
      axisLabel: { ...text, formatter: (name) => cut(name, 12) },
      axisTick: { show: false },
    },
    series: series.map((one) => ({
      ...one,
      type: "bar",
      barMaxWidth: 24,
      stack: isStacked ? "all" : undefined,
      label: { show: !isStacked, position: "right", color: token("--text") },
    })),
  };
}

function draw(figure) {
  const place = figure.querySelector(".chart");
  const found = read(figure.querySelector("table"));
  const rows = found.names.length;
  if (rows < 3) place.classList.add("low");
  if (rows > 6) place.classList.add("tall");
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  chart.setOption(options(figure.dataset.chart, found));
  new ResizeObserver(() => chart.resize()).observe(place);
}

for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
