/**
 * The program of the watchdog's thread. A text, because bundlers put a service into one file, where no file of a worker exists,
 * and because minifiers change the text of a function.
 *
 * It uses only its own clock. The main thread counts beats. If the count stands still, the event loop is blocked. If this thread
 * itself stood still, so did the whole process, and that time does not count.
 */
export const workerSource: string = String.raw`'use strict'
const { workerData } = require('node:worker_threads')
const fs = require('node:fs')
const { control, marks, slotBytes, afterMs, beatMs, pollMs, askMs, file, templates, plain, question } = workerData
const [BEATS, SAID, SLOT, STOOD, ANSWERED, OTHERS] = [0, 1, 2, 3, 4, 5]
const cells = new Int32Array(marks)
const bytes = Buffer.from(marks)
const pause = new Int32Array(new SharedArrayBuffer(4))
const now = () => performance.now()
const wordy = /[^ !#-\[\]-~]/g
const escaped = (text) => String(text).replace(wordy, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))

let beats = Atomics.load(control, BEATS)
let seen = now()
let polled = seen
let due = afterMs
let answer
let session
let lastId

setInterval(poll, pollMs)

function poll() {
  const at = now()
  const gap = at - polled - pollMs
  polled = at
  const count = Atomics.load(control, BEATS)
  if (count !== beats) {
    beats = count
    seen = at
    due = afterMs
    answer = undefined
    Atomics.store(control, STOOD, 0)
    return
  }
  if (gap > 400) {
    seen += gap
    Atomics.add(control, STOOD, Math.round(gap))
  }
  const ms = at - seen - beatMs
  if (ms >= due - askMs) ask()
  if (ms < due) return
  while (due <= ms) due *= 2
  say(Math.round(ms))
  // The next time somebody else may run.
  answer = undefined
}

function ask() {
  if (question === undefined || session !== undefined || answer !== undefined) return
  const ofBeats = beats
  try {
    const { Session } = require('node:inspector')
    session = new Session()
    session.connectToMainThread()
    session.post('Runtime.evaluate', { expression: question, returnByValue: true, silent: true }, (error, reply) => {
      hangUp()
      const text = error || !reply.result ? undefined : reply.result.value
      try {
        if (typeof text === 'string' && beats === ofBeats) answer = JSON.parse(text)
      } catch {}
    })
  } catch {
    hangUp()
    answer = null
  }
}

function hangUp() {
  try {
    session.disconnect()
  } catch {}
  session = undefined
}

function say(ms) {
  const slot = cells[1] || cells[2]
  const facts = answer || factsIn(slot) || { what: 'unknown code' }
  if (Atomics.load(control, BEATS) !== beats) return
  if (Atomics.load(control, SAID) !== beats) Atomics.store(control, OTHERS, 0)
  else if (facts.requestId !== lastId) Atomics.store(control, OTHERS, 1)
  lastId = facts.requestId
  Atomics.store(control, SLOT, slot)
  Atomics.store(control, ANSWERED, answer ? 1 : 0)
  Atomics.store(control, SAID, beats)
  const name = facts.requestId === undefined ? 'outside' : facts.account === undefined ? 'request' : 'account'
  const template = templates[name]
  if (template === null) return
  if (file === undefined || template === undefined || !append(filled(template, facts, ms) + '\n')) {
    toStderr(filled(plain[name], facts, ms) + '\n')
  }
}

function factsIn(slot) {
  if (slot === 0) return undefined
  const start = 16 + (slot - 1) * slotBytes
  const length = cells[start / 4]
  return length === 0 ? undefined : JSON.parse(bytes.toString('utf8', start + 4, start + 4 + length))
}

function filled(template, facts, ms) {
  let line = template
  for (const name of ['method', 'route', 'at']) {
    const mark = 'SPOOR_WATCHDOG_' + name.toUpperCase()
    if (facts[name] === undefined) line = line.replace(new RegExp('"[^"]*":"' + mark + '",'), '')
    else line = line.replaceAll(mark, () => escaped(facts[name]))
  }
  return line
    .replaceAll('SPOOR_WATCHDOG_ID', () => escaped(facts.requestId))
    .replaceAll('SPOOR_WATCHDOG_ACCOUNT', () => escaped(facts.account))
    .replaceAll('SPOOR_WATCHDOG_WHAT', () => escaped(facts.what))
    .replaceAll('SPOOR_WATCHDOG_SECONDS', (ms / 1000).toFixed(1))
    .replaceAll('2001-02-03T04:05:06.789Z', new Date().toISOString())
    .replaceAll('981173106789', String(ms))
}

/** One write of a whole line. Returns false if the file cannot take it. */
function append(line) {
  let fd
  try {
    const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants
    const open = () => fs.openSync(file.path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK, file.mode)
    try {
      fd = open()
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
      fs.mkdirSync(require('node:path').dirname(file.path), { recursive: true, mode: 0o750 })
      fd = open()
    }
    const stats = fs.fstatSync(fd)
    const isOurs = file.uid === undefined || stats.uid === file.uid || stats.uid === 0
    if (!stats.isFile() || stats.nlink > 1 || !isOurs) return false
    const end = Buffer.alloc(1)
    const isHalf = stats.size > 0 && fs.readSync(fd, end, 0, 1, stats.size - 1) === 1 && end[0] !== 10
    const whole = Buffer.from(isHalf ? '\n' + line : line)
    let written = fs.writeSync(fd, whole)
    if (written < whole.length) written += fs.writeSync(fd, whole, written)
    return written === whole.length
  } catch {
    return false
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

function toStderr(line) {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return void fs.writeSync(2, line)
    } catch (error) {
      // A pipe that nobody reads at the moment.
      if (error.code !== 'EAGAIN') return
      Atomics.wait(pause, 0, 0, 5)
    }
  }
}
`
