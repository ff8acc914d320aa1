// Text with colours of a terminal, as an SVG picture.

const themes = {
  dark: {
    background: '#16181d',
    text: '#d6d9e0',
    // black, red, green, yellow, blue, magenta, cyan, white; then the bright ones
    colours: [
      ...['#16181d', '#e0605f', '#7fb069', '#d2a14c', '#6a9fd8', '#c08ad0', '#5fb3b3', '#d6d9e0'],
      ...['#6b7280', '#ff6e6a', '#a3d68a', '#f0c674', '#8fbcf5', '#dba6ea', '#86d6d6', '#ffffff'],
    ],
  },
  light: {
    background: '#fbfbf9',
    text: '#24292f',
    colours: [
      ...['#24292f', '#b3261e', '#2f7d32', '#8a6100', '#1f5fae', '#8a3a9c', '#0b7373', '#5b6470'],
      ...['#6b7280', '#d1242f', '#3c9a40', '#a87900', '#2f7be0', '#a84fbd', '#128f8f', '#fbfbf9'],
    ],
  },
}

const [cellWidth, cellHeight, margin] = [8.4, 19, 14]

/** The picture of what a terminal shows, as `tmux capture-pane -e` gives it. Empty rows at the end are left out. */
export function svgOf(shown, columns, theme) {
  const { background, text } = themes[theme]
  const rows = shown.trimEnd().split('\n')
  const [width, height] = [columns * cellWidth + 2 * margin, rows.length * cellHeight + 2 * margin]
  let style = plain
  const cells = rows.map((row, number) => {
    const read = runsOf(row, style)
    style = read.style
    return read.runs.map((run) => cellsOf(run, number, themes[theme])).join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="${text}" xml:space="preserve">
<title>The example service on a terminal of ${columns} columns</title>
<rect width="${width}" height="${height}" rx="8" fill="${background}"/>
${cells.join('\n')}
</svg>
`
}

const plain = { colour: undefined, behind: undefined, isDim: false, isBold: false }

/** The parts of a row that have one style, with the columns at which they begin. */
function runsOf(row, style) {
  const runs = []
  let column = 0
  for (const part of row.split(/(\u001b\[[\d;]*m)/)) {
    if (part.startsWith('\u001b')) style = styled(style, part.slice(2, -1))
    else if (part !== '') {
      runs.push({ column, text: part, style })
      column += part.length
    }
  }
  return { runs, style }
}

function styled(style, codes) {
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) style = plain
    else if (code === 1) style = { ...style, isBold: true }
    else if (code === 2) style = { ...style, isDim: true }
    else if (code === 39) style = { ...style, colour: undefined }
    else if (code === 49) style = { ...style, behind: undefined }
    else if (code >= 30 && code <= 37) style = { ...style, colour: code - 30 }
    else if (code >= 90 && code <= 97) style = { ...style, colour: code - 82 }
    else if (code >= 40 && code <= 47) style = { ...style, behind: code - 40 }
  }
  return style
}

function cellsOf({ column, text, style }, number, { colours }) {
  const y = margin + number * cellHeight
  const behind = style.behind === undefined ? '' : cellsBehind(column, y, text.length, colours[style.behind])
  // A renderer drops spaces at the ends.
  const words = text.trim()
  if (words === '') return behind
  const fill = style.colour === undefined ? '' : ` fill="${colours[style.colour]}"`
  const weight = style.isBold ? ' font-weight="bold"' : ''
  const opacity = style.isDim ? ' opacity=".6"' : ''
  const x = round(margin + (column + text.indexOf(words)) * cellWidth)
  const place = `x="${x}" y="${y + 14}" textLength="${round(words.length * cellWidth)}"`
  return `${behind}<text ${place}${fill}${weight}${opacity}>${escaped(words)}</text>`
}

function cellsBehind(column, y, characters, colour) {
  const [x, width] = [round(margin + column * cellWidth), round(characters * cellWidth)]
  return `<rect x="${x}" y="${y}" width="${width}" height="${cellHeight}" fill="${colour}"/>`
}

function round(value) {
  return Math.round(value * 10) / 10
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00a0')
}
