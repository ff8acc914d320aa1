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
const { control, marks, slotBytes, afterMs, beatMs, pollMs, askMs, graceMs, file, templates, plain, question } = workerData
const [BEATS, SAID, STOOD, OTHERS, LENGTH] = [0, 1, 2, 3, 4]
const text = Buffer.from(control.buffer, 32)
const cells = new Int32Array(marks)
const bytes = Buffer.from(marks)
const pause = new Int32Array(new SharedArrayBuffer(4))
// Loaded now: once the main thread is blocked, the answer is urgent.
const inspector = question === undefined ? undefined : loaded('node:inspector')
const now = () => performance.now()
const wordy = /[^ !#-\[\]-~]/g
const escaped = (text) => String(text).replace(wordy, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))

let beats = Atomics.load(control, BEATS)
let seen = now()
let polled = seen
let due = afterMs
let answer
let session
let isDenied = false
let lastId

setInterval(poll, pollMs)

function loaded(name) {
  try {
    return require(name)
  } catch {
    return undefined
  }
}

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
  if (ms < due || (ms < due + graceMs && session !== undefined && known() === undefined)) return
  while (due <= ms) due *= 2
  say(Math.round(ms))
  // The next time somebody else may run.
  answer = undefined
}

/** Asks again and again, because the answer must be of the last moments. */
function ask() {
  if (question === undefined || isDenied || session !== undefined) return
  const ofBeats = beats
  try {
    const { Session } = inspector
    session = new Session()
    session.connectToMainThread()
    session.post('Runtime.evaluate', { expression: question, returnByValue: true, silent: true }, (error, reply) => {
      hangUp()
      const json = error || !reply.result ? undefined : reply.result.value
      try {
        if (typeof json === 'string' && beats === ofBeats) answer = { facts: JSON.parse(json), switches: cells[0] }
      } catch {}
    })
  } catch {
    hangUp()
    isDenied = true
  }
}

const slotNow = () => cells[1] || cells[2]

/** The answer, unless the marks say that somebody else runs since then. */
function answered() {
  return answer !== undefined && (slotNow() === 0 || answer.switches === cells[0]) ? answer.facts : undefined
}

function known() {
  return answered() || factsIn(slotNow())
}

function hangUp() {
  try {
    session.disconnect()
  } catch {}
  session = undefined
}

function say(ms) {
  const facts = known() || { what: 'unknown code' }
  if (Atomics.load(control, BEATS) !== beats) return
  tellMain(facts, Atomics.load(control, SAID) !== beats)
  Atomics.store(control, SAID, beats)
  const name = facts.requestId === undefined ? 'outside' : facts.account === undefined ? 'request' : 'account'
  const template = templates[name]
  if (template === null) return
  if (file === undefined || template === undefined || !append(filled(template, facts, ms) + '\n')) {
    toStderr(filled(plain[name], facts, ms) + '\n')
  }
}

/** For the line of the main thread. A request that was found stays, also if the block ends with other code. */
function tellMain(facts, isFirst) {
  if (isFirst) Atomics.store(control, OTHERS, 0)
  else if (facts.requestId === undefined) return
  else if (facts.requestId !== lastId && lastId !== undefined) Atomics.store(control, OTHERS, 1)
  lastId = facts.requestId
  const json = Buffer.from(JSON.stringify(facts))
  Atomics.store(control, LENGTH, json.length > text.length ? 0 : json.copy(text))
}

function factsIn(slot) {
  if (slot === 0) return undefined
  const start = 16 + (slot - 1) * slotBytes
  const length = cells[start / 4]
  return length === 0 ? undefined : JSON.parse(bytes.toString('utf8', start + 4, start + 4 + length))
}

/** In one pass: a value that looks like a mark stays as it is. */
function filled(template, facts, ms) {
  const values = {
    ['2001-02-03T04:05:06.789Z']: new Date().toISOString(),
    ['981173106789']: String(ms),
    SPOOR_WATCHDOG_SECONDS: (ms / 1000).toFixed(1),
    SPOOR_WATCHDOG_ID: facts.requestId,
    SPOOR_WATCHDOG_ACCOUNT: facts.account,
    SPOOR_WATCHDOG_WHAT: facts.what,
    SPOOR_WATCHDOG_METHOD: facts.method,
    SPOOR_WATCHDOG_ROUTE: facts.route,
    SPOOR_WATCHDOG_AT: facts.at,
  }
  const names = Object.keys(values)
  const absent = names.filter((name) => values[name] === undefined)
  const line = absent.length === 0 ? template : template.replace(new RegExp('"[^"]*":"(?:' + absent.join('|') + ')",', 'g'), '')
  return line.replace(new RegExp(names.join('|'), 'g'), (name) => escaped(values[name]))
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
