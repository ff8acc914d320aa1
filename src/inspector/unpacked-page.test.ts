import { brotliCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { unpackedPage } from './unpacked-page.js'

test('the files of the page come out as the build put them in', async () => {
  const files = { '': { type: 'text/html; charset=utf-8', etag: '"a"', body: '<!doctype html>… “ü”' } }
  expect(await unpackedPage(brotliCompressSync(JSON.stringify(files)).toString('base64'))).toEqual(files)
})

test('the sources have no page', async () => {
  expect(await unpackedPage('')).toEqual({})
})
