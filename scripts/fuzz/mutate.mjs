// Changes of texts, chosen at random but the same for the same seed.

/** @param {number} seed @returns {(below: number) => number} whole numbers from 0 to below `below` */
export function randomOf(seed) {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e3779b9) >>> 0 || 1
  // Marsaglia's xorshift.
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const maxLength = 4_096

/** A text made of `text` by one to six changes. `words` are pieces that mean something, and `others` are further texts. */
export function mutated(text, { random, words, others }) {
  let made = text
  for (let left = 1 + random(6); left > 0; left--) {
    const change = changes[random(changes.length)]
    made = change(made, { random, words, others })
  }
  return made.slice(0, maxLength)
}

const at = (text, random) => random(text.length + 1)

/** Two places of a text, of which the second is often near. */
function range(text, random) {
  const start = at(text, random)
  const length = random(3) === 0 ? random(text.length + 1) : random(8)
  return [start, Math.min(text.length, start + length)]
}

const insert = (text, place, piece) => text.slice(0, place) + piece + text.slice(place)
const word = ({ random, words }) => words[random(words.length)] ?? ''
const character = (random) =>
  String.fromCharCode(random(4) === 0 ? random(0x10000) : random(2) === 0 ? random(128) : random(256))

const changes = [
  (text, given) => insert(text, at(text, given.random), word(given)),
  (text, given) => insert(text, at(text, given.random), word(given)),
  (text, { random }) => insert(text, at(text, random), character(random)),
  (text, { random }) => {
    const [start, end] = range(text, random)
    return text.slice(0, start) + text.slice(end)
  },
  (text, given) => {
    const [start, end] = range(text, given.random)
    return text.slice(0, start) + word(given) + text.slice(end)
  },
  (text, { random }) => {
    const [start, end] = range(text, random)
    return insert(text, end, text.slice(start, end).repeat(1 + random(random(10) === 0 ? 200 : 3)))
  },
  (text, { random, others }) => {
    const other = others[random(others.length)] ?? ''
    const [start, end] = range(other, random)
    return insert(text, at(text, random), other.slice(start, end))
  },
  (text, { random, others }) =>
    text.slice(0, at(text, random)) + (others[random(others.length)] ?? '').slice(random(20)),
  (text, { random }) => {
    const place = random(text.length || 1)
    return text.slice(0, place) + character(random) + text.slice(place + 1)
  },
]
