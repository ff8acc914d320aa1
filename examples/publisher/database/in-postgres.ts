import type { Pool, PoolClient } from 'pg'
import type { Post } from '../wordpress/posts.js'
import { MAX_LISTED, type PostStore } from './post-store.js'

export interface PostgresPosts extends PostStore {
  /** Creates the tables if they are missing. Every use of the store does this first, until it has succeeded once. */
  prepare(): Promise<void>
}

// The lock is for services that start at the same time. A text of several statements is one transaction.
const TABLES = `
  select pg_advisory_xact_lock(18);
  create table if not exists accounts (name text primary key);
  create table if not exists posts (
    id bigint generated always as identity primary key,
    account text not null references accounts,
    post_id bigint not null,
    title text not null,
    status text not null,
    link text not null,
    date text not null, -- as WordPress says it
    stored_at timestamptz not null default now(),
    unique (account, link)
  )`

const INSERT_ACCOUNT = 'insert into accounts (name) values ($1) on conflict do nothing'

const INSERT_POST = `
  insert into posts (account, post_id, title, status, link, date) values ($1, $2, $3, $4, $5, $6)
  on conflict (account, link) do update set title = excluded.title, status = excluded.status, stored_at = now()`

const SELECT_IDS = `select id from posts where account = $1 order by stored_at desc, id desc limit ${MAX_LISTED}`

const SELECT_POST = 'select post_id, title, status, link, date from posts where account = $1 and id = $2'

/** Keeps posts in PostgreSQL. No query names the request: the followed pool knows it. */
export function postsInPostgres(pool: Pool): PostgresPosts {
  let prepared: Promise<void> | undefined

  async function prepare(): Promise<void> {
    prepared ??= pool.query(TABLES).then(() => {})
    try {
      await prepared
    } catch (error) {
      prepared = undefined
      throw error
    }
  }

  return {
    prepare,
    of: (account) => ({
      async add({ id, title, status, link, date }) {
        await prepare()
        await inTransaction(pool, async (client) => {
          await client.query(INSERT_ACCOUNT, [account])
          await client.query(INSERT_POST, [account, id, title, status, link, date])
        })
      },

      async listOneByOne() {
        await prepare()
        const { rows } = await pool.query<{ id: string }>(SELECT_IDS, [account])
        const posts: Post[] = []
        // Naive on purpose: the N+1 that Spoor shows as a repeated query. One query could select it all.
        for (const { id } of rows) {
          const found = await pool.query<PostRow>(SELECT_POST, [account, id])
          posts.push(...found.rows.map(postOf))
        }
        return posts
      },
    }),
  }
}

interface PostRow extends Omit<Post, 'id'> {
  /** A bigint, which pg gives as text. */
  post_id: string
}

function postOf({ post_id, title, status, link, date }: PostRow): Post {
  return { id: Number(post_id), title, status, link, date }
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await work(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    // Closes the connection. The database rolls back, even if it no longer answers this client.
    client.release(true)
    throw error
  }
}
