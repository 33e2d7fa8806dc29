#!/usr/bin/env bash
# Builds app/static/vendor/echarts/echarts.min.js: Apache ECharts with what js/charts.js draws, and nothing else.
# usage: scripts/vendor_echarts.sh   (needs node and npm; another chart type: add it to the lists below)
set -euo pipefail
echarts=6.1.0 esbuild=0.25.12
home=$(cd "$(dirname "$0")/.." && pwd)
target=$home/app/static/vendor/echarts
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund "echarts@$echarts" "esbuild@$esbuild"
cat >entry.js <<'JS'
import { use, init } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent, LegendComponent, AriaComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);
export { init };
JS
npx esbuild entry.js --bundle --minify --format=iife --global-name=echarts --legal-comments=none \
  --target=es2019 --outfile="$target/echarts.min.js"
cp node_modules/echarts/LICENSE node_modules/echarts/NOTICE "$target/"
(cd "$target" && sha256sum echarts.min.js >echarts.min.js.sha256)
