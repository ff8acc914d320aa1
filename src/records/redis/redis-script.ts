import type { Argument, Send } from './redis-commands.js'

/** A script that runs on the server. */
export interface RedisScript {
  readonly text: string
  readonly sha: string
}

/** Common to all scripts: the keys of a store, and how a record leaves it. All keys have the hash tag of KEYS[1]. */
const head = `
local base = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all, order, meta, sums = base .. ':all', base .. ':order', base .. ':meta', base .. ':sums'
local function recordKey(id) return base .. ':record:' .. id end
-- Bytes, account and request id of a record; nil for a record of another version.
local function aboutOf(id)
  local isRead, about = pcall(cjson.decode, redis.call('HGET', meta, id) or '')
  return isRead and type(about) == 'table' and tonumber(about[1]) and type(about[2]) == 'string' and type(about[3]) == 'string' and about or nil
end
local function forget(id)
  local about = aboutOf(id)
  -- First: a full server refuses this command, and then nothing has changed.
  if about then redis.call('HINCRBY', sums, 'bytes', -about[1]) end
  redis.call('DEL', recordKey(id))
  redis.call('ZREM', order, id)
  redis.call('ZREM', all, id)
  redis.call('HDEL', meta, id)
  if not about then return end
  if about[2] ~= '' then redis.call('ZREM', base .. ':of:' .. about[2], id) end
  if about[3] ~= id then redis.call('ZREM', base .. ':request:' .. about[3], id) end
end
local function expire(keep, most)
  local old = redis.call('ZRANGEBYSCORE', order, '-inf', (now - keep) * 1000, 'LIMIT', 0, most)
  for _, id in ipairs(old) do forget(id) end
  if #old > 0 then redis.call('HINCRBY', sums, 'expired', #old) end
end
`

/** Stores and completes records. ARGV: for how long (ms), the most bytes, then all operations in one text (operations.ts). */
export const writeScript: RedisScript = script(`
local keep, max = tonumber(ARGV[1]), tonumber(ARGV[2])
local function sumOfMeta()
  local sum = 0
  for _, about in ipairs(redis.call('HVALS', meta)) do sum = sum + (tonumber(string.match(about, '^%[(%d+),')) or 0) end
  return sum
end
-- Both know every record. If the server removed one of them, nothing in the other can be trusted, and its records are gone.
local isWhole = redis.call('EXISTS', order) == redis.call('EXISTS', meta)
local sum = isWhole and (redis.call('HGET', sums, 'bytes') or sumOfMeta()) or 0
-- A full server refuses only the first command of a script that changes something: behind a DEL, it would take every record.
redis.call('HSET', sums, 'bytes', sum)
if not isWhole then redis.call('UNLINK', order, meta, all) end
expire(keep, 500)
local micros = time[1] * 1000000 + time[2]
local function put(at, id, requestId, owner, account, start, json)
  forget(id)
  if #json > max then redis.call('HINCRBY', sums, 'evicted', 1) return end
  redis.call('HSET', recordKey(id), 'owner', owner, 'json', json)
  redis.call('PEXPIRE', recordKey(id), keep)
  redis.call('HSET', meta, id, cjson.encode({ #json, account, requestId }))
  redis.call('ZADD', order, micros + at, id)
  redis.call('ZADD', all, start, id)
  if account ~= '' then
    redis.call('ZADD', base .. ':of:' .. account, start, id)
    redis.call('PEXPIRE', base .. ':of:' .. account, keep)
  end
  if requestId ~= id then
    redis.call('ZADD', base .. ':request:' .. requestId, start, id)
    redis.call('PEXPIRE', base .. ':request:' .. requestId, keep)
  end
  redis.call('HINCRBY', sums, 'bytes', #json)
end
local function late(id, figures, failure)
  local key = recordKey(id)
  if redis.call('EXISTS', key) == 0 then return end
  local more = 0
  for field, text in pairs({ late = figures, error = failure }) do
    if text ~= '' then
      more = more + #text - redis.call('HSTRLEN', key, field)
      redis.call('HSET', key, field, text)
    end
  end
  local about = aboutOf(id)
  if not about then return end
  about[1] = about[1] + more
  redis.call('HSET', meta, id, cjson.encode(about))
  redis.call('HINCRBY', sums, 'bytes', more)
end
local text, at, count = ARGV[3], 1, 0
local function field()
  local colon = string.find(text, ':', at, true)
  local last = colon + tonumber(string.sub(text, at, colon - 1))
  at = last + 1
  return string.sub(text, colon + 1, last)
end
while at <= #text do
  count = count + 1
  if field() == 'put' then
    local id, requestId, owner, account, start, json = field(), field(), field(), field(), field(), field()
    put(count, id, requestId, owner, account, start, json)
  else
    local id, figures, failure = field(), field(), field()
    late(id, figures, failure)
  end
end
-- The server stands still meanwhile, so not all at once. max may be far below that of the last deployment.
for _ = 1, 2000 do
  if tonumber(redis.call('HGET', sums, 'bytes') or 0) <= max then break end
  local oldest = redis.call('ZRANGE', order, 0, 0)[1]
  -- Nothing is left: the server removed a key of this store, and the sum was wrong. What it knows of others must not be added up again.
  if not oldest then
    redis.call('DEL', meta)
    redis.call('HSET', sums, 'bytes', 0)
    break
  end
  local isExpired = redis.call('EXISTS', recordKey(oldest)) == 0
  forget(oldest)
  redis.call('HINCRBY', sums, isExpired and 'expired' or 'evicted', 1)
end
for _, key in ipairs({ all, order, meta, sums }) do redis.call('PEXPIRE', key, keep + 86400000) end
return 'OK'
`)

/** One record. ARGV: id, owner of the reader (empty: every owner). */
export const getScript: RedisScript = script(`
local found = redis.call('HMGET', recordKey(ARGV[1]), 'owner', 'json', 'late', 'error')
if not found[2] or (ARGV[2] ~= '' and found[1] ~= ARGV[2]) then return false end
return { found[2], found[3] or '', found[4] or '' }
`)

/**
 * Some records, newest first. ARGV: index, owner of the reader (empty: every owner), highest and lowest start (ms, or -inf), id at the
 * highest start behind which it goes on (or empty), how many.
 *
 * Gives the records (JSON, late figures, error), and behind them the place where it goes on (start, id), or '' at the end.
 */
export const pageScript: RedisScript = script(`
local index, owner, high, low, behind, most = base .. ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local found, skipped, last, lastStart = {}, 0, '', ''
while true do
  local rows = redis.call('ZREVRANGEBYSCORE', index, high, low, 'WITHSCORES', 'LIMIT', skipped, most)
  if #rows == 0 then break end
  for at = 1, #rows, 2 do
    local id, start = rows[at], rows[at + 1]
    if behind == '' or start ~= high or id < behind then
      last, lastStart = id, start
      local one = redis.call('HMGET', recordKey(id), 'owner', 'json', 'late', 'error')
      if one[2] and (owner == '' or one[1] == owner) then
        found[#found + 1] = { one[2], one[3] or '', one[4] or '' }
      end
    end
  end
  if last ~= '' then
    if #rows < most * 2 then last, lastStart = '', '' end
    break
  end
  skipped = skipped + most
end
return { found, lastStart, last }
`)

/** The size of the store. ARGV: for how long records are kept (ms). Gives records, bytes, evicted, expired, oldest start (or ''). */
export const sizeScript: RedisScript = script(`
expire(tonumber(ARGV[1]), 10000)
local oldest = redis.call('ZRANGE', all, 0, 0, 'WITHSCORES')
local sum = redis.call('HMGET', sums, 'bytes', 'evicted', 'expired')
return { redis.call('ZCARD', order), sum[1] or '0', sum[2] or '0', sum[3] or '0', oldest[2] or '' }
`)

/**
 * Tells what is open in a process. ARGV: its name, its facts (JSON), how long lost processes are kept (ms), `all` if nothing earlier counts,
 * the number of ended ids, these ids, then id, owner and JSON of each that is told.
 */
export const beatScript: RedisScript = script(`
local name, keep, ended = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[5])
local key = base .. ':open:' .. name
-- A full server refuses only the first command of a script that changes something. It has room for a beat.
if ARGV[4] == 'all' then redis.call('DEL', key) else redis.call('PEXPIRE', key, keep) end
for at = 6, 5 + ended do redis.call('HDEL', key, ARGV[at]) end
for at = 6 + ended, #ARGV, 3 do
  redis.call('HSET', key, ARGV[at], now .. ' ' .. #ARGV[at + 1] .. ' ' .. ARGV[at + 1] .. ARGV[at + 2])
end
redis.call('PEXPIRE', key, keep)
redis.call('HSET', base .. ':processes', name, now .. ' ' .. ARGV[2])
redis.call('PEXPIRE', base .. ':processes', keep)
return 'OK'
`)

/** Forgets a process. ARGV: its name. */
export const leaveScript: RedisScript = script(`
redis.call('DEL', base .. ':open:' .. ARGV[1])
redis.call('HDEL', base .. ':processes', ARGV[1])
return 'OK'
`)

/**
 * What is open in all processes. ARGV: owner of the reader (empty: every owner), how long lost processes are kept (ms). Gives, for
 * each process, its facts, for how long it is silent (ms), and what is open: JSON and how long ago it was told (ms).
 */
export const liveScript: RedisScript = script(`
local found, processes = {}, redis.call('HGETALL', base .. ':processes')
for at = 1, #processes, 2 do
  local beat, facts = string.match(processes[at + 1], '^(%d+) (.*)$')
  if not beat then
    -- Of another version: the reader counts it.
    found[#found + 1] = { processes[at + 1], 0, {} }
  elseif redis.call('EXISTS', base .. ':open:' .. processes[at]) == 0 and now - beat > tonumber(ARGV[2]) then
    redis.call('HDEL', base .. ':processes', processes[at])
  else
    local open, values = {}, redis.call('HVALS', base .. ':open:' .. processes[at])
    for _, value in ipairs(values) do
      local told, length, rest = string.match(value, '^(%d+) (%d+) (.*)$')
      if told and (ARGV[1] == '' or string.sub(rest, 1, length) == ARGV[1]) then
        open[#open + 1] = string.sub(rest, length + 1)
        open[#open + 1] = now - told
      end
    end
    found[#found + 1] = { facts, now - beat, open }
  end
end
return found
`)

/**
 * Stores totals of a stretch of time. ARGV: kind, name, `1` if it is over, how long ago it began (ms), text, how long it is kept (ms).
 * Members begin with `0` until the stretch is over.
 */
export const putStretchScript: RedisScript = script(`
local places, texts, keep = base .. ':totals:' .. ARGV[1], base .. ':totals:' .. ARGV[1] .. ':text', tonumber(ARGV[6])
local old = redis.call('ZRANGEBYSCORE', places, '-inf', now - keep, 'LIMIT', 0, 100)
for _, member in ipairs(old) do
  redis.call('ZREM', places, member)
  redis.call('HDEL', texts, member)
end
local member = ARGV[3] .. ' ' .. ARGV[2]
if ARGV[3] == '1' then
  redis.call('ZREM', places, '0 ' .. ARGV[2])
  redis.call('HDEL', texts, '0 ' .. ARGV[2])
end
redis.call('HSET', texts, member, ARGV[5])
redis.call('ZADD', places, now - ARGV[4], member)
redis.call('PEXPIRE', places, keep)
redis.call('PEXPIRE', texts, keep)
return 'OK'
`)

/** The stretches of a kind, the last first. ARGV: kind, how long ago (ms), how many. Gives member and how long ago it began (ms) of each. */
export const stretchesScript: RedisScript = script(`
local found = {}
local places = base .. ':totals:' .. ARGV[1]
local rows = redis.call('ZREVRANGEBYSCORE', places, '+inf', now - ARGV[2], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for at = 1, #rows, 2 do
  found[at], found[at + 1] = rows[at], string.format('%.0f', now - rows[at + 1])
end
return found
`)

/** The texts of some stretches. ARGV: kind, members. */
export const textsScript: RedisScript = script(`
local texts, found = base .. ':totals:' .. ARGV[1] .. ':text', {}
for at = 2, #ARGV do found[at - 1] = redis.call('HGET', texts, ARGV[at]) or '' end
return found
`)

/** True for the first who asks for a name within a time. ARGV: name, time (ms). */
export const claimScript: RedisScript = script(`
return redis.call('SET', base .. ':claim:' .. ARGV[1], '1', 'NX', 'PX', ARGV[2]) and 1 or 0
`)

/** What the first who asks gives for a name. ARGV: name, value, for how long it is kept after the last question (ms). */
export const agreeScript: RedisScript = script(`
local key = base .. ':agreed:' .. ARGV[1]
redis.call('SET', key, ARGV[2], 'NX')
redis.call('PEXPIRE', key, ARGV[3])
return redis.call('GET', key)
`)

/**
 * Runs a script by its hash, and sends its text where the server does not know it yet.
 *
 * No key is named `base`, but the other two exist. So while a cluster moves their slot, it refuses the script (TRYAGAIN). With `base`
 * alone, it would pass it on to the new node at once, which would get other keys of the same names.
 */
export async function runScript(
  send: Send,
  { text, sha }: RedisScript,
  base: string,
  args: readonly Argument[],
): Promise<unknown> {
  const keys = [base, `${base}:sums`, `${base}:processes`]
  try {
    return await send(base, ['EVALSHA', sha, String(keys.length), ...keys, ...args])
  } catch (error) {
    if (!String((error as Error | undefined)?.message).startsWith('NOSCRIPT')) throw error
    return send(base, ['EVAL', text, String(keys.length), ...keys, ...args])
  }
}

function script(body: string): RedisScript {
  const text = `${head}${body}`
  let sha: string | undefined
  return {
    text,
    // Not imported: with a second importer, the bundler would load it with the core.
    get sha() {
      sha ??= process.getBuiltinModule('node:crypto').createHash('sha1').update(text).digest('hex')
      return sha
    },
  }
}
