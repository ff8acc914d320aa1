// The clients: each `(target) => { client, query, close }`, where `query` sends one small query and waits for its result. The
// texts have no literals, as those of services, which have placeholders. `require`, because OpenTelemetry's instrumentations
// patch what is required.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const connections = 8
const text = 'select id, title from posts where account = ? and id = ?'

export const clients = {
  'pg pool.query': async (target) => {
    const pg = require('pg')
    const pool = new pg.Pool({ connectionString: target, max: connections })
    await pool.query('create table if not exists posts (id int primary key, account text, title text)')
    await pool.query("insert into posts values (7, 'acme', 'Hello') on conflict do nothing")
    const sql = text.replace('?', '$1').replace('?', '$2')
    return { client: pool, query: () => pool.query(sql, ['acme', 7]), close: () => pool.end() }
  },
  'mysql2 pool.query': async (target) => {
    const mysql = require('mysql2/promise')
    const pool = mysql.createPool({ socketPath: target, user: 'root', database: 'test', connectionLimit: connections })
    await pool.query('create table if not exists posts (id int primary key, account varchar(64), title text)')
    await pool.query("insert ignore into posts values (7, 'acme', 'Hello')")
    // Without values: mysql2 would fill them in, and each text would be read once more.
    return { client: pool, query: () => pool.query('select id, title from posts'), close: () => pool.end() }
  },
  'ioredis get': async (target) => {
    const { Redis } = require('ioredis')
    const redis = new Redis(target)
    await redis.set('post', 'Hello')
    return { client: redis, query: () => redis.get('post'), close: () => redis.quit() }
  },
  'follow({…}, fn)': async () => ({ client: undefined, query: async () => text, close: async () => {} }),
}
