// Sends requests to the service and shows the responses, their ids, and the cost for users who may see it.
// All foreign text is put on the page as text, not as HTML.

const byId = (id) => document.getElementById(id)
const MAX_ROWS = 200
let added = 0
// The files to grep; empty if the service writes no files.
const { logFiles } = document.body.dataset
const signs = { warn: '▲', error: '◆' }

byId('log-files').textContent = logFiles
if (!logFiles) {
  for (const root of [document, byId('row').content]) {
    for (const element of root.querySelectorAll('.follow')) element.remove()
  }
}

byId('publish').addEventListener('submit', (event) => {
  event.preventDefault()
  send('POST', '/api/v1/publish', Object.fromEntries(new FormData(event.target)))
})
byId('posts').addEventListener('click', () => send('GET', '/api/v1/posts'))
byId('naive').addEventListener('click', () => send('GET', '/api/v1/posts?naive=1'))
byId('slow').addEventListener('submit', (event) => event.preventDefault())
byId('inspector').addEventListener('click', () => readAs('operator'))
for (const [name, method] of [
  ['work', 'GET'],
  ['export', 'POST'],
  ['fail', 'GET'],
]) {
  byId(name).addEventListener('submit', (event) => {
    event.preventDefault()
    send(method, `/api/v1/${name}?${new URLSearchParams(new FormData(event.target))}`)
  })
}

/** Who may read stories: admins and developers those of their account, the operator all. */
const readers = { 'acme-user': 'acme-admin', 'globex-user': 'globex-developer', '': 'operator' }

/**
 * Sends a request and shows its response in a row of its own.
 *
 * @param as the user who sends it; default: the chosen one
 * @param reader the user who opens its story; default: the sender, or one of their account who may read it
 */
export async function send(method, url, body, { as, reader } = {}) {
  const token = as ?? document.querySelector('input[name="token"]:checked').value
  const { account } = document.querySelector(`input[name="token"][value="${token}"]`).dataset
  const row = addRow({ method, url, account })
  const startedAt = performance.now()
  const answer = await exchange(method, url, token, body)
  showAnswer(row, { ...answer, durationMs: performance.now() - startedAt })
  showStory(row, answer.requestId, reader ?? readers[token] ?? token)
  await showCost(row, answer.trackingId, token)
  return answer
}

/** Links to the story of a request. The inspector's page takes the reader's token from this tab. */
function showStory(row, requestId, reader) {
  if (!requestId) return
  for (const link of row.querySelectorAll('.story')) {
    link.href = `/_spoor/#/requests/${encodeURIComponent(requestId)}`
    link.hidden = false
    link.addEventListener('click', () => readAs(reader))
  }
  put(row, '.more .story', `Open its story as ${reader}`)
}

function readAs(token) {
  sessionStorage.setItem('spoor.token', token)
}

/** Always resolves, with the part of the response that arrived. */
async function exchange(method, url, token, body) {
  const answer = { status: undefined, requestId: '', trackingId: '', text: '', broken: false }
  const headers = {
    'x-debug-resource-tracking': 'true',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' }),
  }
  try {
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
    answer.status = response.status
    answer.requestId = response.headers.get('x-request-id') ?? ''
    answer.trackingId = response.headers.get('x-resource-tracking-id') ?? ''
    for await (const part of parts(response)) answer.text += part
  } catch {
    answer.broken = true
  }
  return answer
}

async function* parts(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
}

function addRow({ method, url, account }) {
  const row = byId('row').content.firstElementChild.cloneNode(true)
  const [path, query] = url.split('?')
  put(row, '.code', 'sent')
  put(row, '.method', method)
  put(row, '.path', path)
  if (query) row.querySelector('.path').append(text('span', `?${query}`))
  put(row, '.account', account)
  row.classList.add('open-ended')

  const more = row.querySelector('.more')
  more.id = `more-${++added}`
  const toggle = row.querySelector('.toggle')
  toggle.setAttribute('aria-controls', more.id)
  toggle.addEventListener('click', () => open(row, more.hidden))

  const rows = byId('rows')
  for (const other of rows.children) open(other, false)
  rows.prepend(row)
  if (rows.childElementCount > MAX_ROWS) rows.lastElementChild.remove()
  byId('empty').hidden = true
  byId('show').hidden = false
  return row
}

function open(row, isOpen) {
  row.querySelector('.more').hidden = !isOpen
  row.querySelector('.toggle').setAttribute('aria-expanded', String(isOpen))
}

function showAnswer(row, { status, requestId, text: body, broken, durationMs }) {
  const severity = broken || status >= 500 ? 'error' : status >= 400 ? 'warn' : ''
  const said = broken ? (status ? `${status}, cut off` : 'no answer') : String(status)
  row.classList.remove('open-ended')
  const code = row.querySelector('.code')
  code.replaceChildren(...(severity ? [sign(severity), ` ${said}`] : [said]))
  if (severity) code.classList.add(severity)
  row.querySelector('.duration').replaceChildren(...duration(durationMs))
  put(row, '.body', pretty(body) || (broken ? 'nothing' : 'empty'))
  showLink(row, body)
  showId(row, requestId)
  if (row === byId('rows').firstElementChild) open(row, true)
  tell(row, severity, said, durationMs)
}

function showId(row, requestId) {
  put(row, '.id', requestId ? `…${requestId.slice(-12)}` : '')
  put(row, '.full-id', requestId || 'none came')
  offer(row.querySelector('.head .copy'), requestId)
  if (!logFiles) return
  const grep = requestId && `grep ${requestId} ${logFiles}`
  put(row, '.grep code', grep || 'nothing to follow')
  offer(row.querySelector('.grep .copy'), grep)
}

/** Shows where the time went: the summary of the record, read through the inspector. */
async function showCost(row, trackingId, token) {
  if (!trackingId) return put(row, '.cost', 'Not measured. Send it as an admin or developer.')
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`/_spoor/api/requests/${encodeURIComponent(trackingId)}`, { headers }).catch(
    () => undefined,
  )
  const record = response?.ok ? await response.json() : undefined
  put(row, '.cost', record?.summary ?? 'Measured, but its record cannot be read.')
}

function offer(button, copied) {
  button.disabled = copied === ''
  button.addEventListener('click', () => copy(button, copied))
}

/** Adds a link to a published post. */
function showLink(row, body) {
  const link = parse(body)?.link
  if (typeof link !== 'string' || !/^https?:\/\//.test(link)) return
  const a = text('a', 'Open the post')
  a.href = link
  a.rel = 'noreferrer'
  a.target = '_blank'
  row.querySelector('.body').after(a)
}

/** Says the last response in one sentence, also for screen readers. */
function tell(row, severity, said, durationMs) {
  const what = `${row.querySelector('.method').textContent} ${row.querySelector('.path').firstChild.textContent}`
  const status = text('b', said)
  status.className = severity
  if (severity) status.prepend(sign(severity), ' ')
  byId('status').replaceChildren(
    status,
    ' in ',
    bold(duration(durationMs)),
    `, ${what}, for ${row.querySelector('.account').textContent}.`,
  )
}

async function copy(button, copied) {
  const label = button.textContent
  try {
    await navigator.clipboard.writeText(copied)
    button.textContent = 'Copied'
  } catch {
    button.textContent = 'Select it by hand' // no clipboard outside https and this machine
  }
  setTimeout(() => {
    button.textContent = label
  }, 1_500)
}

function duration(ms) {
  if (ms >= 1_000) return [(ms / 1_000).toFixed(2), unit('s')]
  return [ms < 10 ? ms.toFixed(1) : ms.toFixed(0), unit('ms')]
}

function unit(name) {
  const element = text('span', ` ${name}`)
  element.className = 'unit'
  return element
}

function sign(severity) {
  const element = text('span', signs[severity])
  element.className = 'sign'
  element.setAttribute('aria-hidden', 'true')
  return element
}

function bold(children) {
  const element = document.createElement('b')
  element.append(...children)
  return element
}

function text(tag, content) {
  const element = document.createElement(tag)
  element.textContent = content
  return element
}

function put(row, selector, content) {
  row.querySelector(selector).textContent = content
}

function pretty(body) {
  const json = parse(body)
  return json === undefined ? body : JSON.stringify(json, undefined, 2)
}

function parse(body) {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
