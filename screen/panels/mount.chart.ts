// The one place that runs ECharts: modular, canvas, no animation. A panel gives it an option and gets told nothing.
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, MarkPointComponent, TooltipComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, CanvasRenderer]);

export interface Chart {
  /** Replaces what is drawn; nothing of the option before stays. */
  draw(option: EChartsCoreOption): void;
  resize(): void;
  dispose(): void;
}

/** Makes a chart in an element that has a size. The caller disposes it: a chart that is only forgotten leaks its canvas. */
export function mountChart(element: HTMLElement): Chart {
  const chart = init(element, null, { renderer: 'canvas' });
  return {
    draw: (option) => chart.setOption(option, { notMerge: true }),
    resize: () => chart.resize(),
    dispose: () => chart.dispose(),
  };
}
export type { EChartsCoreOption };
