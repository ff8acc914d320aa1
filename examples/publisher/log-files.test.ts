import { expect, test } from 'vitest'
import { logFilesIn } from './log-files.js'

test.each([
  ['logs/publish-sync-logs', 'logs/publish-sync-logs/*'],
  ['/srv/shop/logs/', 'logs/*'],
  ['/srv/shop', './*'],
  ['..logs', '..logs/*'],
  ['../logs', '/srv/logs/*'],
  ['..', '/srv/*'],
  ['/srv/shop-logs', '/srv/shop-logs/*'],
  ['/var/log/our shop', "'/var/log/our shop'/*"],
  ["it's; rm -r $HOME", String.raw`'it'\''s; rm -r $HOME'/*`],
])('the files in %j, relative to /srv/shop, are %s', (directory, files) => {
  expect(logFilesIn(directory, '/srv/shop')).toBe(files)
})
