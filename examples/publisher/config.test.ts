import { describe, expect, test } from 'vitest'
import { readConfig } from './config.js'
import { SECRET } from './testing/site.js'

const site = {
  WORDPRESS_URL: 'https://blog.example/',
  WORDPRESS_USER: 'admin',
  WORDPRESS_APP_PASSWORD: 'abcd efgh ijkl',
  WORDPRESS_WEBHOOK_SECRET: SECRET,
}

describe('the configuration', () => {
  test('of an empty environment is a local service with sandbox sites that trusts no caller', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      trustedProxies: false,
      wordpress: undefined,
      wordpressTimeoutMs: 10_000,
      sandboxes: {},
      database: { folder: 'data' },
      trackingMode: 'header',
      recordsMb: 64,
      redisUrl: undefined,
      jobBackoffMs: 1_000,
    })
  })

  test('has the values of the environment', () => {
    const jobs = { REDIS_URL: 'rediss://:secret@redis.example:6380/1', JOB_BACKOFF_MS: '50' }
    const database = { DATABASE_URL: 'postgres://me:secret@db.example/posts', DATA_DIR: 'unused' }
    const http = { PORT: '0', HOST: '::1', TRUSTED_PROXIES: 'true', WORDPRESS_TIMEOUT_MS: '500', TRACKING_MODE: 'all' }
    const records = { RECORDS_MB: '16' }
    const sandbox = { url: 'http://127.0.0.1:1', user: 'publisher', appPassword: 'secret', webhookSecret: SECRET }
    const sandboxes = { SANDBOX_SITES: JSON.stringify({ globex: sandbox }) }
    const env = { ...http, ...site, ...database, ...records, ...jobs, ...sandboxes }
    expect(readConfig(env)).toEqual({
      port: 0,
      host: '::1',
      trustedProxies: true,
      wordpress: { url: 'https://blog.example', user: 'admin', appPassword: 'abcd efgh ijkl', webhookSecret: SECRET },
      wordpressTimeoutMs: 500,
      sandboxes: { globex: sandbox },
      database: { url: database.DATABASE_URL },
      trackingMode: 'all',
      recordsMb: 16,
      redisUrl: jobs.REDIS_URL,
      jobBackoffMs: 50,
    })
  })

  test.each([
    [{ DATA_DIR: '/var/lib/publisher' }, { folder: '/var/lib/publisher' }],
    [{ DATABASE_URL: '', DATA_DIR: '' }, { folder: 'data' }],
    [{ DATABASE_URL: 'off', DATA_DIR: '/var/lib/publisher' }, 'memory'],
    [{ DATABASE_URL: 'postgresql:///posts?host=/run/postgresql' }, { url: 'postgresql:///posts?host=/run/postgresql' }],
  ])('stores posts as %j says', (env, expected) => {
    expect(readConfig(env).database).toEqual(expected)
  })

  test.each([
    ['', false],
    ['false', false],
    [' false ', false],
    ['true', true],
    [' true ', true],
    ['10.0.0.0/8, 127.0.0.1', ['10.0.0.0/8', '127.0.0.1']],
    ['::1,fd00::/8,0.0.0.0/0', ['::1', 'fd00::/8', '0.0.0.0/0']],
  ])('TRUSTED_PROXIES=%j means %j', (text, expected) => {
    expect(readConfig({ TRUSTED_PROXIES: text }).trustedProxies).toEqual(expected)
  })

  test.each([
    [{ PORT: '65536' }, 'PORT: expected a whole number from 0 to 65535, got "65536"'],
    [{ PORT: 'http' }, 'PORT: expected a whole number from 0 to 65535, got "http"'],
    [{ JOB_BACKOFF_MS: '0' }, 'JOB_BACKOFF_MS: expected a whole number from 1 to 600000, got "0"'],
    [{ SANDBOX_SITES: '{"acme":{"url":"http://127.0.0.1:1"}}' }, 'SANDBOX_SITES: expected JSON like {"acme":'],
    [{ RECORDS_MB: '0' }, 'RECORDS_MB: expected a whole number from 1 to 4096, got "0"'],
    [{ TRACKING_MODE: 'off' }, 'TRACKING_MODE: expected header or all, got "off"'],
    [{ SANDBOX_SITES: 'acme' }, 'SANDBOX_SITES: expected JSON like {"acme":'],
    [{ REDIS_URL: 'redis.example:6379' }, 'REDIS_URL: expected an address like redis://127.0.0.1:6379'],
    [{ DATABASE_URL: 'mysql://db.example/posts' }, 'DATABASE_URL: expected off, or an address like postgres://'],
    [{ DATABASE_URL: 'db.example/posts' }, 'DATABASE_URL: expected off, or an address like postgres://'],
    [{ DATABASE_URL: 'postgres://me:100%@db.example/posts' }, 'DATABASE_URL: expected off, or an address like'],
    [{ WORDPRESS_TIMEOUT_MS: '0' }, 'WORDPRESS_TIMEOUT_MS: expected a whole number from 1 to 600000, got "0"'],
    [
      { TRUSTED_PROXIES: 'foo' },
      'TRUSTED_PROXIES: expected true, false, or addresses and ranges like 10.0.0.7, fd00::/8',
    ],
    [{ TRUSTED_PROXIES: '::1, foo, 10.0.0.0/33' }, 'got "foo", "10.0.0.0/33"'],
    [{ TRUSTED_PROXIES: 'true, 10.0.0.7' }, 'got "true"'],
    [{ TRUSTED_PROXIES: '10.0.0.0/' }, 'got "10.0.0.0/"'],
    [{ TRUSTED_PROXIES: '10.0.0.0/8/8' }, 'got "10.0.0.0/8/8"'],
    [{ TRUSTED_PROXIES: 'fd00::/129' }, 'got "fd00::/129"'],
    [{ ...site, WORDPRESS_URL: 'blog.example' }, 'WORDPRESS_URL: expected an address like https://blog.example'],
    [{ ...site, WORDPRESS_URL: 'ftp://blog.example' }, 'WORDPRESS_URL: expected an address like'],
    [{ ...site, WORDPRESS_USER: 'a:b' }, 'WORDPRESS_USER: a user name cannot contain ":"'],
    [{ ...site, WORDPRESS_WEBHOOK_SECRET: 'sesame' }, 'WORDPRESS_WEBHOOK_SECRET: expected whsec_'],
  ])('refuses %j and names what is expected', (env, message) => {
    expect(() => readConfig(env)).toThrow(message)
  })

  test('names every missing part of a real site', () => {
    const { WORDPRESS_URL, WORDPRESS_USER } = site
    expect(() => readConfig({ WORDPRESS_URL, WORDPRESS_USER, WORDPRESS_APP_PASSWORD: '' })).toThrow(
      'WORDPRESS_APP_PASSWORD, WORDPRESS_WEBHOOK_SECRET are missing: a real WordPress site needs all of',
    )
  })

  test('names all mistakes at once, and quotes no secret', () => {
    const env = {
      ...site,
      PORT: '-1',
      WORDPRESS_URL: 'https://admin:hunter2@blog.example',
      WORDPRESS_WEBHOOK_SECRET: 'hunter2',
      DATABASE_URL: 'postgrs://me:hunter2@db.example/posts',
    }
    expect(() => readConfig(env)).toThrow(/PORT.*\nWORDPRESS_URL.*\nWORDPRESS_WEBHOOK_SECRET.*\nDATABASE_URL/)
    expect(() => readConfig(env)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }))
  })
})
