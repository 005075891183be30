// The console's charts: drawn from the figures that stand beside them as a table.
"use strict";

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const PALETTE = ["#2f7d4f", "#8a8378", "#b5372b", "#1559b5"]; // told apart in both schemes, also by who sees no red

function option(data) {
  const ink = colour("--ink"), soft = colour("--soft"), line = colour("--line");
  return {
    animation: false,
    color: data.series.length > 1 ? PALETTE : ["#1559b5"],
    textStyle: { fontFamily: "inherit", color: ink },
    legend: data.series.length > 1 ? { bottom: 0, textStyle: { color: ink } } : undefined,
    grid: { left: 8, right: 24, top: 8, bottom: data.series.length > 1 ? 32 : 8, containLabel: true },
    xAxis: { type: "value", minInterval: 1, axisLabel: { color: soft }, splitLine: { lineStyle: { color: line } } },
    yAxis: {
      type: "category", inverse: true, data: data.labels, axisTick: { show: false },
      axisLine: { lineStyle: { color: line } }, axisLabel: { color: ink, width: 150, overflow: "truncate" },
    },
    series: data.series.map((one) => ({
      name: one.name, type: "bar", stack: data.stacked ? "all" : undefined, barMaxWidth: 22, data: one.values,
      label: { show: true, color: data.stacked ? "#fff" : ink, position: data.stacked ? "inside" : "right", formatter: (at) => at.value || "" },
    })),
  };
}

function draw(root) {
  for (const place of root.querySelectorAll("[data-chart]")) {
    const data = JSON.parse(place.dataset.chart);
    place.style.height = `${Math.max(120, data.labels.length * 34 + 60)}px`;
    const chart = echarts.getInstanceByDom(place) || echarts.init(place);
    chart.setOption(option(data), true);
    new ResizeObserver(() => chart.resize()).observe(place);
  }
}

document.addEventListener("DOMContentLoaded", () => draw(document));
document.addEventListener("htmx:afterSwap", (event) => draw(event.detail.elt.parentElement || document));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(document));
