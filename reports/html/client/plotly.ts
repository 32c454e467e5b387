// The part of plotly that the page uses; the library itself stands before this script in the page.

export interface PlotlyTrace {
  readonly [key: string]: unknown;
}

export interface PlotlyElement extends HTMLElement {
  on(event: 'plotly_click', listener: (event: PlotlyClick) => void): void;
  removeAllListeners(event: 'plotly_click'): void;
}

export interface PlotlyClick {
  readonly points: readonly { readonly customdata?: readonly unknown[] }[];
}

interface PlotlyLibrary {
  react(
    place: HTMLElement,
    traces: readonly PlotlyTrace[],
    layout: Readonly<Record<string, unknown>>,
    config: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
}

/** Draws or redraws a chart; `onClick` gets the custom data of the point. */
export function draw(
  place: HTMLElement,
  traces: readonly PlotlyTrace[],
  layout: Readonly<Record<string, unknown>>,
  onClick?: (customData: readonly unknown[]) => void,
): void {
  const { Plotly } = window as unknown as { Plotly: PlotlyLibrary };
  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: window.innerWidth < 640 ? false : 'hover',
    modeBarButtonsToRemove: ['select2d', 'lasso2d'],
  };
  const drawn = Plotly.react(place, traces, layout, config).then(() => {
    if (onClick === undefined) return;
    const chart = place as PlotlyElement;
    chart.removeAllListeners('plotly_click');
    chart.on('plotly_click', ({ points }) => {
      const data = points[0]?.customdata;
      if (data !== undefined) onClick(data);
    });
  });
  drawn.catch((error: unknown) => reportError(error));
}
