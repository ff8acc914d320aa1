// What was asked beside what was written.

/**
 * The differences between what the clients asked and the lines; every list should be empty.
 *
 * @param {import('./asked.mjs').Book} book
 * @param {import('./lines.mjs').Lines} lines
 */
export function balance(book, lines) {
  const differences = { lost: [], doubled: [], wrong: [], unasked: [] }
  for (const [id, asked] of book.requests) compareRequest(id, asked, lines, differences)
  for (const id of book.refused) one(`refused bytes ${id}`, lines.requests.get(id), differences)
  for (const [id, job] of book.jobs) compareJob(id, job, lines, differences)
  const unknown = [...lines.requests].filter(([id]) => !book.requests.has(id) && !book.refused.has(id))
  const [halves, unasked] = [unknown.filter(isHalf), unknown.filter((one) => !isHalf(one))]
  oneOf('headers that ended early', halves.length, book.halves, differences)
  differences.unasked.push(...unasked.map(([id]) => id))
  return { ...differences, ...countsOf(book, lines) }
}

function countsOf(book, { requests, webhooks, attempts }) {
  return {
    answered: [...book.requests.values()].filter(({ status }) => status !== undefined).length,
    jobs: book.jobs.size,
    lines: countIn(requests) + countIn(webhooks),
    attempts: countIn(attempts),
  }
}

/** The line of a request without method and path: its headers did not come to their end. */
function isHalf([, lines]) {
  return lines[0].path === undefined
}

function countIn(map) {
  return [...map.values()].reduce((all, lines) => all + lines.length, 0)
}

function compareRequest(id, asked, { requests, published }, differences) {
  const { kind, status, account, upgraded, mayBeMissing } = asked
  const lines = requests.get(id)
  if (lines === undefined && mayBeMissing && status === undefined) return
  const line = one(`${kind} ${id}`, lines, differences)
  if (line === undefined) return
  const expected = { account, ...(upgraded && status === 101 ? { upgraded } : status !== undefined && { status }) }
  for (const [name, value] of Object.entries(expected)) {
    if (line[name] !== value) differences.wrong.push(`${kind} ${id}: ${name} ${line[name]}, expected ${value}`)
  }
  if (status === 201) oneOf(`the line "published" of ${kind} ${id}`, published.get(id) ?? 0, 1, differences)
}

/**
 * The attempts are numbered without a gap, and only the last one is not tried again: the fifth if the site refuses all, otherwise
 * mostly the first.
 */
function compareJob(id, { isBroken, account }, { attempts, published }, differences) {
  const lines = (attempts.get(id) ?? []).sort((one, other) => one.attempt - other.attempt)
  const last = lines.at(-1)
  oneOf(
    `the last attempt of the job of ${id}`,
    lines.filter(({ willRetry }) => willRetry !== true).length,
    1,
    differences,
  )
  oneOf(`attempts of the job of ${id}`, lines.length, isBroken ? 5 : Math.max(1, last?.attempt ?? 1), differences)
  if (!isBroken) oneOf(`the line "published" of the job of ${id}`, published.get(last?.requestId) ?? 0, 1, differences)
  for (const [at, line] of lines.entries()) {
    if (line.attempt !== at + 1) differences.wrong.push(`job of ${id}: attempt ${line.attempt}, expected ${at + 1}`)
    if (line.account !== account) differences.wrong.push(`job of ${id}: account ${line.account}, expected ${account}`)
  }
}

function one(what, lines = [], differences) {
  oneOf(what, lines.length, 1, differences)
  return lines[0]
}

function oneOf(what, count, expected, { lost, doubled }) {
  if (count < expected) lost.push(`${what} (${count} of ${expected})`)
  if (count > expected) doubled.push(`${what} (${count} of ${expected})`)
}
