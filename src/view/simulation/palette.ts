// Colours and type of the pictures: one style sheet that is readable on white and on black.

/** Told apart by most colour-blind people (after Okabe and Ito), with a mark each besides. */
export const LINE_COLOURS = [
  '#d55e00',
  '#0072b2',
  '#56b4e9',
  '#009e73',
  '#b8860b',
  '#cc79a7',
  '#7f7f7f',
  '#8c6bb1',
  '#a0522d',
  '#2f9e9e',
] as const

/** Of servers, in their order. */
export const SERVER_COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#7f7f7f',
  '#8c6bb1',
] as const

const LIGHT =
  '.paper{fill:#fff}text{fill:#1a1a1a}.faint{fill:#666}.grid{stroke:#ddd}.axis{stroke:#888}'
const DARK =
  '.paper{fill:#15171a}text{fill:#e8e8e8}.faint{fill:#a0a0a0}.grid{stroke:#333}.axis{stroke:#888}'

export const STYLE = [
  "text{font-family:system-ui,'Helvetica Neue',Arial,sans-serif;font-size:13px}",
  '.title{font-size:17px;font-weight:600}.label{font-size:13px;font-weight:600}.small{font-size:11px}',
  '.grid,.axis{stroke-width:1;fill:none}.line{fill:none;stroke-width:2}.best{stroke-width:3.5}',
  LIGHT,
  `@media (prefers-color-scheme:dark){${DARK}}`,
].join('')
