import { describe, expect, test } from 'vitest'
import { postsInMemory } from './in-memory.js'

const post = (id: number) => ({
  id,
  title: `Post ${id}`,
  status: 'publish',
  link: `https://a.example/?p=${id}`,
  date: '',
})

describe('posts in memory', () => {
  test('are listed for their account only, the newest twenty first', async () => {
    const store = postsInMemory()
    for (let id = 1; id <= 25; id++) await store.of('acme').add(post(id))
    const listed = await store.of('acme').listOneByOne()
    expect(listed.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => 25 - i))
    expect(await store.of('globex').listOneByOne()).toEqual([])
  })

  test('with the same link replace each other', async () => {
    const posts = postsInMemory().of('acme')
    await posts.add(post(1))
    await posts.add({ ...post(1), title: 'Changed' })
    expect(await posts.listOneByOne()).toEqual([{ ...post(1), title: 'Changed' }])
  })
})
