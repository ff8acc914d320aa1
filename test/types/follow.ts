// `spoor.follow` gives back the type that it got.
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import mysql from 'mysql2'
import promises from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import type { Spoor } from 'spoor'

export async function followed(spoor: Spoor): Promise<void> {
  const pool: pg.Pool = spoor.follow(new pg.Pool())
  const client: pg.Client = spoor.follow(new pg.Client())
  const callbacks: mysql.Pool = spoor.follow(mysql.createPool({}))
  const promised: promises.Pool = spoor.follow(promises.createPool({}))
  const redis: Redis = spoor.follow(new Redis())
  const sql: postgres.Sql = spoor.follow(postgres())
  const mongo: MongoClient = spoor.follow(new MongoClient('mongodb://127.0.0.1'))
  // @ts-expect-error: a pool of mysql2 stays one
  const wrong: pg.Pool = spoor.follow(mysql.createPool({}))
  // @ts-expect-error: a name is not a client
  spoor.follow('pool')
  const count: number = spoor.follow({ system: 'cassandra', summary: 'SELECT posts' }, () => 7)
  const later: Promise<string> = spoor.follow({ system: 'cassandra', text: 'select 1' }, async () => 'seven')
  // @ts-expect-error: a query needs its system
  spoor.follow({ text: 'select 1' }, () => 7)
  void [pool, client, callbacks, promised, redis, sql, mongo, wrong, count, await later]
}
