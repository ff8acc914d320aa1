// The README's first picture, 1600 × 900: one real request and where its time went. It is shown at about half of its size,
// so nothing is smaller than 20 px.

const [left, right] = [376, 1536]
const lanesFrom = 492
const laneHeight = 50
const barTop = 268
const barHeight = 84

/**
 * The picture as an HTML page.
 *
 * @param record of a measured request, as the API answers it
 * @param lines its log lines
 * @param tokens the CSS of the page's colours
 */
export function heroPage(record, lines, tokens) {
  const shapes = new Hero(record, lines).draw()
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><style>${tokens}${css}</style></head><body><svg viewBox="0 0 1600 900">${shapes}</svg></body></html>`
}

const css = `
  body { margin: 0; width: 1600px; height: 900px; overflow: hidden; background: var(--bg); }
  svg { width: 1600px; height: 900px; } text { font-family: var(--sans); }
  .h1 { font-size: 92px; font-weight: 600; letter-spacing: -.028em; fill: var(--ink); } .h2 { fill: var(--ink-3); }
  .sub { font-size: 26px; fill: var(--ink-2); } .about { font-size: 26px; fill: var(--ink-3); }
  .n { font-size: 40px; font-weight: 600; letter-spacing: -.02em; } .d { font-size: 21px; fill: var(--ink-2); }
  .lane { font-size: 22px; fill: var(--ink); } .total { font-size: 22px; fill: var(--ink-3); text-anchor: end; }
  .label { font-size: 21px; fill: var(--ink-2); } .word { fill: none; stroke: var(--ink); stroke-width: 2.5; } .mark { fill: var(--cpu); }
  .rule { stroke: var(--line); } .end { stroke: var(--ink-2); stroke-width: 1.5; }`

class Hero {
  constructor(record, lines) {
    this.record = record
    this.lines = lines.map((line) => ({ ...line, atMs: Date.parse(line.time) - Date.parse(record.startedAt) }))
    // Room for what came after the response.
    this.maxMs = record.durationMs * 1.09
  }

  draw() {
    return [
      patterns,
      brand,
      this.title(),
      this.heldColumn(),
      this.bar(),
      this.answers(),
      this.lanes(),
      this.axis(),
    ].join('')
  }

  x(ms) {
    return left + (Math.max(0, ms) / this.maxMs) * (right - left)
  }

  rect(start, ms, y, height, attributes) {
    const width = Math.max(3.2, this.x(start + ms) - this.x(start))
    return `<rect x="${this.x(start).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}" ${attributes}/>`
  }

  layers(start, ms, y, height, fill) {
    const [band, gap] = [height / 4, height / 8]
    return [0, 1, 2].map((at) => this.rect(start, ms, y + at * (band + gap), band, `fill="${fill}"`)).join('')
  }

  title() {
    const { durationMs, method, path } = this.record
    return `<text class="h1" x="58" y="214">${duration(durationMs)}.<tspan class="h2" dx="26">Here is why.</tspan></text>
      <text class="sub" x="1536" y="210" text-anchor="end">${escaped(`${method} ${path}`)}</text>`
  }

  heldColumn() {
    return this.holds
      .map(({ startMs, durationMs }) => this.rect(startMs, durationMs, barTop, 582, 'fill="url(#column)" opacity=".2"'))
      .join('')
  }

  get holds() {
    return this.record.heldUp.filter(
      ({ startMs, durationMs }) => startMs >= 0 && durationMs > this.record.durationMs / 50,
    )
  }

  bar() {
    const { durationMs, outgoing, queryRuns, timeline = [] } = this.record
    const shapes = [this.rect(0, durationMs, barTop, barHeight, 'fill="var(--wait)" opacity=".35"')]
    for (const call of outgoing)
      shapes.push(this.rect(call.startMs, call.durationMs, barTop, barHeight, 'fill="var(--call-pale)"'))
    for (const run of queryRuns) {
      shapes.push(this.rect(run.startMs, run.durationMs, barTop, barHeight, 'fill="var(--bg)"'))
      shapes.push(this.layers(run.startMs, run.durationMs, barTop, barHeight, 'var(--query)'))
    }
    for (const held of this.holds) {
      shapes.push(this.rect(held.startMs, held.durationMs, barTop, barHeight, 'fill="var(--bg)"'))
      shapes.push(this.rect(held.startMs, held.durationMs, barTop, barHeight, 'fill="url(#held)"'))
    }
    for (const [start, ms] of timeline) {
      if (start < durationMs) shapes.push(this.rect(start, ms, barTop - 8, barHeight + 16, 'fill="var(--cpu)"'))
    }
    const total = `<text class="lane" x="64" y="${barTop + 50}">Request</text><text class="total" x="346" y="${barTop + 50}">${duration(durationMs)}</text>`
    return shapes.join('') + total
  }

  /** The largest parts of the time, each below the place where most of it is. */
  answers() {
    const { waits, cpu, outgoing, queries } = this.record
    const [call] = [...outgoing].sort((one, other) => other.durationMs - one.durationMs)
    const [held] = [...this.holds].sort((one, other) => other.durationMs - one.durationMs)
    const answers = [
      [
        queries?.calls ? this.record.queryRuns[0]?.startMs : undefined,
        waits.queriesMs,
        `in ${queries?.calls} queries`,
        repeatedOf(queries),
        '--query-ink',
      ],
      [
        held?.startMs,
        waits.heldUpMs,
        'held up by another request',
        held && `${held.by.method ?? ''} ${held.by.route ?? held.by.kind}`,
        '--held-ink',
      ],
      [call?.startMs, waits.outgoingMs, 'waiting for its site', call?.host, '--call-ink'],
    ]
    const shown = answers.filter(([at, ms]) => at !== undefined && ms >= 1).sort(([one], [other]) => one - other)
    let free = left
    const texts = shown.map(([at, ms, first, second, ink], place) => {
      // Room for the texts to the right of it.
      const last = right - 140 - (shown.length - place) * 300
      const x = Math.max(free, Math.min(this.x(at), last))
      free = x + 300
      return answerText(x, ms, first, second, ink)
    })
    return texts.join('') + answerText(right, cpu.ms, 'own CPU', '', '--cpu-ink', 'end')
  }

  lanes() {
    const { cpu, waits, queryKinds, queryRuns, outgoing, timeline = [] } = this.record
    const lanes = [
      [
        'Own CPU',
        duration(cpu.ms),
        (y) => timeline.map(([start, ms]) => this.rect(start, ms, y - 14, 28, 'fill="var(--cpu)"')),
      ],
      [
        'Held up',
        duration(waits.heldUpMs),
        (y) =>
          this.holds.map((held) =>
            this.rect(held.startMs, held.durationMs, y - 16, 32, 'fill="url(#held-lane)" stroke="var(--held)"'),
          ),
      ],
      ...queryKinds
        .slice(0, 3)
        .map(({ summary, calls, ms }, kind) => [
          `${summary ?? 'query'}${calls > 1 ? ` × ${calls}` : ''}`,
          duration(ms),
          (y) =>
            queryRuns
              .filter((run) => run.kind === kind)
              .map((run) => this.layers(run.startMs, run.durationMs, y - 14, 28, 'var(--query)')),
        ]),
      ...outgoing
        .slice(0, 1)
        .map((call) => [
          `${call.method} ${call.route}`,
          duration(call.durationMs),
          (y) => [
            this.rect(call.startMs, call.firstByteMs ?? call.durationMs, y - 15, 30, 'fill="var(--call-pale)"'),
            this.rect(
              call.startMs + (call.firstByteMs ?? call.durationMs),
              call.durationMs - (call.firstByteMs ?? call.durationMs),
              y - 15,
              30,
              'fill="var(--call)"',
            ),
          ],
        ]),
      [
        'Log lines',
        String(this.lines.length),
        (y) =>
          this.lines
            .filter(({ atMs }) => atMs <= this.maxMs)
            .map(({ atMs }) => this.rect(atMs, 0, y - 13, 26, 'fill="var(--ink-2)"')),
      ],
    ]
    const rule = `<line class="rule" x1="64" x2="1536" y1="${lanesFrom - 6}" y2="${lanesFrom - 6}"/>`
    return (
      rule +
      lanes
        .map(([name, total, draw], at) => this.lane(name, total, draw, lanesFrom + at * laneHeight + laneHeight / 2))
        .join('')
    )
  }

  lane(name, total, draw, y) {
    const shown = name.length > 17 ? `${name.slice(0, 16)}…` : name
    return `<text class="lane" x="64" y="${y + 8}">${escaped(shown)}</text><text class="total" x="346" y="${y + 8}">${total}</text>${draw(y).join('')}`
  }

  axis() {
    const { durationMs } = this.record
    const step = [50, 100, 200, 250, 500, 1_000].find((ms) => durationMs / ms <= 5) ?? 2_000
    const ticks = []
    for (let ms = 0; ms < durationMs * 0.78; ms += step) {
      ticks.push(
        `<text class="label" x="${this.x(ms)}" y="878" text-anchor="${ms === 0 ? 'start' : 'middle'}">${ms === 0 ? '0 ms' : ms}</text>`,
      )
    }
    const end = this.x(durationMs)
    return `${ticks.join('')}<line class="end" x1="${end}" x2="${end}" y1="${barTop - 14}" y2="850"/><text class="label" x="${end}" y="878" text-anchor="end">response sent</text>`
  }
}

function answerText(x, ms, first, second, ink, anchor = 'start') {
  const at = `x="${x.toFixed(1)}" text-anchor="${anchor}"`
  return `<text class="n" ${at} y="${barTop + barHeight + 48}" fill="var(${ink})">${duration(ms)}</text>
    <text class="d" ${at} y="${barTop + barHeight + 80}">${escaped(first)}</text><text class="d" ${at} y="${barTop + barHeight + 107}">${escaped(second ?? '')}</text>`
}

function repeatedOf(queries) {
  const [most] = queries?.repeated ?? []
  return most ? `${most.calls} of them equal` : ''
}

function duration(ms = 0) {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`)
}

const pattern = (id, width, gap) =>
  `<pattern id="${id}" width="${gap}" height="${gap}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="${width}" height="${gap}" fill="var(--held)"/></pattern>`

const patterns = `<defs>${pattern('held', 7, 14)}${pattern('held-lane', 4, 8)}${pattern('column', 2, 11)}</defs>`

const brand = `<g transform="translate(64 46) scale(2.1)"><g class="mark" transform="translate(0 1) rotate(14 9 10)"><ellipse cx="4.6" cy="17" rx="2.3" ry="2.9" opacity=".32"/><ellipse cx="13" cy="12.6" rx="2.3" ry="2.9" opacity=".55"/><ellipse cx="5" cy="7.8" rx="2.3" ry="2.9" opacity=".8"/><ellipse cx="13.4" cy="3.4" rx="2.3" ry="2.9"/></g><g class="word" transform="translate(25.5 6.2)"><path d="M8.3 3.3C7.7 1.9 6.4 1.2 4.7 1.2C2.8 1.2 1.5 2 1.5 3.3C1.5 6.6 8.5 4.6 8.5 7.8C8.5 9.2 7.1 10 4.9 10C3 10 1.6 9.2 .9 7.8"/><path d="M12.7 0V15.4"/><circle cx="17.1" cy="5.6" r="4.4"/><circle cx="29.8" cy="5.6" r="4.4"/><circle cx="42.3" cy="5.6" r="4.4"/><path d="M51 11.2V0M51 5.8C51 2.8 52.6 1.2 56 1.3"/></g></g><text class="about" x="262" y="83">follows a request through a Node service</text>`
