// The other side of side-by-side.mjs: a server of a benchmark, in a process of its own.

/**
 * Listens, tells the port, answers `cpu` with what the process has used so far, and ends on `stop` or when its benchmark has
 * ended.
 *
 * @param close closes what the server used
 * @param answers functions by the name of a question; what they return is the answer
 */
export function answer(server, close, answers = {}) {
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
  process.once('disconnect', () => process.exit(1))
  process.on('message', async (question) => {
    const [name, value] = typeof question === 'string' ? [question] : Object.entries(question)[0]
    if (name !== 'stop') {
      process.send({ cpu, ...answers }[name](value))
      return
    }
    server.close()
    server.closeAllConnections()
    await close()
    process.exit(0)
  })
}

function cpu() {
  const { user, system } = process.cpuUsage()
  return user + system
}
