/**
 * The style sheet of chart SVGs, for light and dark themes. The Content-Security-Policy of the response contains its hash
 * (routes/chart-svg.ts), so that no other style applies.
 */
export const STYLE = [
  'svg{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}',
  '.ground{fill:#fff}.heading{fill:#16202a;font-size:17px;font-weight:600}.label,.tick{fill:#56616d}',
  '.grid{stroke:#e4e8ec}.axis{stroke:#9aa5b1}path{fill:none}',
  '.actual{stroke:#0b66c3;stroke-width:2}.goal{stroke:#6b7683;stroke-width:1.5;stroke-dasharray:5 4}.gap{fill:#0b66c3;opacity:.1}',
  '.actual,.goal{stroke-linecap:round;stroke-linejoin:round}',
  '@media(prefers-color-scheme:dark){.ground{fill:#12181f}.heading{fill:#e8edf2}.label,.tick{fill:#a3afbb}.grid{stroke:#25303b}',
  '.axis{stroke:#55616e}.actual{stroke:#63b0ff}.goal{stroke:#a3afbb}.gap{fill:#63b0ff}}',
].join('')
