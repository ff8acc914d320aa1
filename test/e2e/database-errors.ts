// Errors of real databases, as drivers and ORMs throw them. Each is about a value that is the canary, or that contains it.
import { MikroORM, EntitySchema as MikroSchema } from '@mikro-orm/postgresql'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Redis } from 'ioredis'
import knex from 'knex'
import mysql from 'mysql2/promise'
import pg from 'pg'
import postgresJs from 'postgres'
import { DataTypes, type Model, type ModelStatic, Sequelize } from 'sequelize'
import { DataSource, EntitySchema } from 'typeorm'

export const canary = 'kanarienvogel'
export const digits = '7766554433'

/** Values that contain the canary, some of which look like the text around a value. */
export const values = [
  canary,
  `${canary} ann@example.org`,
  `it's "${canary}" for key 'users' ${canary}'s`,
  `a' for key '${canary}`,
  `" of relation "${canary}`,
  `a\n    at ${canary} (a.js:1:1)`,
  `${canary} `.repeat(30),
]

const hardest = values.slice(2, 6)

/** The name of a case, and the error. */
export type Thrown = readonly [string, unknown]
type Act = () => unknown

/** Runs acts that must fail, one after another. */
async function thrownBy(client: string, acts: Readonly<Record<string, Act>>): Promise<Thrown[]> {
  const all: Thrown[] = []
  for (const [name, act] of Object.entries(acts)) {
    const error = await Promise.resolve()
      .then(act)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    if (error === undefined) throw new Error(`${client}, ${name}: expected an error`)
    all.push([`${client}: ${name}`, error])
  }
  return all
}

const tables = `
  create table users (id serial primary key, email text unique not null, age int check (age > 0));
  create function refuse(text) returns int language plpgsql as $$ begin return $1::int; end $$;
`

/** The same failing statements, given a function that runs one with its parameters. */
function statements(run: (sql: string, params: unknown[]) => unknown, some = hardest) {
  const insert = `insert into users (email, age) values ($1, $2)`
  return Object.fromEntries(
    some.flatMap((value, at): [string, Act][] => {
      const quoted = value.replaceAll("'", "''")
      return [
        [`duplicate ${at}`, async () => [await run(insert, [value, 1]), await run(insert, [value, 1])]],
        [`check ${at}`, () => run(insert, [`${value}!`, -Number(digits.slice(0, 9))])],
        [`cast ${at}`, () => run(`select cast($1 as int)`, [value])],
        [`literal ${at}`, () => run(`insert into users (email, age) values ('${quoted}', '${quoted}')`, [])],
        [`number ${at}`, () => run(`select ${digits}::smallint, '${quoted}'`, [])],
        [`syntax ${at}`, () => run(`select '${quoted}' fro users`, [])],
        [`syntax near ${at}`, () => run(`select 1 from users where '${quoted}' '${quoted}'`, [])],
        [`function ${at}`, () => run(`select refuse($1)`, [value])],
      ]
    }),
  )
}

export async function errorsOfPostgres(url: string): Promise<Thrown[]> {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => {})
  const again = async (): Promise<void> => {
    await pool.query('drop schema public cascade; create schema public')
    await pool.query(tables)
  }
  const all: Thrown[] = []
  const add = async (client: string, acts: Readonly<Record<string, Act>>): Promise<void> => {
    await again()
    all.push(...(await thrownBy(client, acts)))
  }
  await add(
    'pg',
    statements((text, params) => pool.query(text, params), values),
  )
  const sqlOf = postgresJs(url, { max: 1, debug: () => {}, onnotice: () => {} })
  await add(
    'postgres.js',
    statements((text, params) => sqlOf.unsafe(text, params as string[])),
  )
  await sqlOf.end()
  const build = knex({ client: 'pg', connection: url })
  await add(
    'knex',
    statements((text, params) => build.raw(text.replace(/\$\d/g, '?'), params as string[])),
  )
  await build.destroy()
  const orm = drizzle(pool)
  const filled = (text: string, params: unknown[]) =>
    sql.join(
      text.split(/\$\d/).flatMap((part, at) => (at === 0 ? [sql.raw(part)] : [sql`${params[at - 1]}`, sql.raw(part)])),
    )
  await add(
    'drizzle',
    statements((text, params) => orm.execute(filled(text, params))),
  )
  await add('typeorm', await typeorm(url))
  await add('sequelize', await sequelize(url))
  await add('mikro-orm', await mikroOrm(url))
  for (const end of ends.splice(0)) await end()
  await pool.end()
  return all
}

const ends: (() => Promise<unknown>)[] = []

async function typeorm(url: string): Promise<Record<string, Act>> {
  const User = new EntitySchema<{ id: number; email: string; age: number }>({
    name: 'users',
    columns: { id: { type: Number, primary: true, generated: true }, email: { type: String }, age: { type: Number } },
  })
  const source = await new DataSource({ type: 'postgres', url, entities: [User] }).initialize()
  ends.push(() => source.destroy())
  const users = source.getRepository(User)
  return {
    ...statements((text, params) => source.query(text, params)),
    'entity not found': () => users.findOneOrFail({ where: { email: `${canary} nobody` } }),
    'entity twice': async () => [
      await users.insert({ email: canary, age: 1 }),
      await users.insert({ email: canary, age: 1 }),
    ],
  }
}

async function sequelize(url: string): Promise<Record<string, Act>> {
  const orm = new Sequelize(url, { logging: false })
  ends.push(() => orm.close())
  const User = orm.define(
    'users',
    { email: { type: DataTypes.TEXT, validate: { len: [0, 5_000] } }, age: DataTypes.INTEGER },
    { timestamps: false },
  ) as ModelStatic<Model>
  return {
    ...statements((text, bind) => orm.query(text, { bind })),
    'model twice': async () => [
      await User.create({ email: canary, age: 1 }),
      await User.create({ email: canary, age: 1 }),
    ],
    'model refused': () => User.create({ email: canary.repeat(500), age: 1 }),
    'model cast': () => User.findOne({ where: { age: canary } }),
  }
}

async function mikroOrm(url: string): Promise<Record<string, Act>> {
  const User = new MikroSchema<{ id: number; email: string; age: number }>({
    name: 'users',
    properties: {
      id: { type: 'number', primary: true },
      email: { type: 'string' },
      age: { type: 'number' },
    },
  })
  const orm = await MikroORM.init({ clientUrl: url, entities: [User], allowGlobalContext: true })
  ends.push(() => orm.close())
  const run = (text: string, params: unknown[]) => orm.em.getConnection().execute(text.replace(/\$\d/g, '?'), params)
  return {
    ...statements(run),
    'entity twice': async () => {
      await orm.em.insert(User, { id: 1, email: canary, age: 1 })
      await orm.em.insert(User, { id: 2, email: canary, age: 1 })
    },
    'entity not found': () => orm.em.findOneOrFail(User, { email: `${canary} nobody` }),
    'entity refused': () =>
      orm.em.create(User, { id: 3, email: 'a', age: canary as unknown as number }, { persist: true }) && orm.em.flush(),
  }
}

export async function errorsOfMariaDb(socketPath: string): Promise<Thrown[]> {
  const pool = mysql.createPool({ socketPath, user: 'root', database: 'test', multipleStatements: true })
  await pool.query(
    'create table users (id int auto_increment primary key, email varchar(400) unique not null, age int)',
  )
  const acts = (run: (sql: string, params: unknown[]) => unknown): Record<string, Act> =>
    Object.fromEntries(
      values.flatMap((value, at): [string, Act][] => {
        const insert = 'insert into users (email, age) values (?, ?)'
        const quoted = mysql.escape(value)
        return [
          [`duplicate ${at}`, async () => [await run(insert, [value, 1]), await run(insert, [value, 1])]],
          [`cast ${at}`, () => run(insert, [`${value}!`, value])],
          [`literal ${at}`, () => run(`insert into users (email, age) values (${quoted}, ${quoted})`, [])],
          [`too long ${at}`, () => run(insert, [value.repeat(500), 1])],
          [`syntax ${at}`, () => run(`select ${quoted} fro users where`, [])],
          [`syntax near ${at}`, () => run(`select 1 from users where ${quoted} users ${quoted}`, [])],
          [`signal ${at}`, () => run(`update users set email = ${quoted} where nothing = ${digits}`, [])],
        ]
      }),
    )
  const clean = (): Promise<unknown> => pool.query('delete from users')
  const all = [
    ...(await thrownBy(
      'mysql2 query',
      acts((text, params) => pool.query(text, params)),
    )),
  ]
  await clean()
  all.push(
    ...(await thrownBy(
      'mysql2 execute',
      acts((text, params) => pool.execute(text, params as string[])),
    )),
  )
  await clean()
  const build = knex({ client: 'mysql2', connection: { socketPath, user: 'root', database: 'test' } })
  all.push(
    ...(await thrownBy(
      'knex mysql2',
      acts((text, params) => build.raw(text, params as string[])),
    )),
  )
  await build.destroy()
  await pool.end()
  return all
}

export async function errorsOfRedis(url: string): Promise<Thrown[]> {
  const redis = new Redis(url)
  await redis.set('text', 'a')
  const all = await thrownBy(
    'ioredis',
    Object.fromEntries(
      values.flatMap((value, at): [string, Act][] => [
        [`type ${at}`, () => redis.lpush('text', value)],
        [`unknown command ${at}`, () => redis.call('unknown', value, value)],
        [`number ${at}`, () => redis.set('a', value, 'EX', value)],
        [`script ${at}`, () => redis.eval(`return redis.error_reply("${JSON.stringify(value).slice(1, -1)}"`, 0)],
        [`multi ${at}`, () => redis.multi().lpush('text', value).call('unknown', value).exec()],
      ]),
    ),
  )
  redis.disconnect()
  return all
}
