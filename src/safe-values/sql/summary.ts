import type { Kind } from './lexer.js'

const maxSummary = 255
const maxKeyword = 13
const maxDepth = 500
/** Database, schema, table. */
const maxParts = 3

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const verbs = words(
  'SELECT INSERT UPDATE DELETE MERGE REPLACE CALL EXEC EXECUTE CREATE ALTER DROP TRUNCATE BEGIN START COMMIT ROLLBACK ' +
    'SAVEPOINT RELEASE SET RESET SHOW USE LOCK UNLOCK COPY VACUUM ANALYZE EXPLAIN DESCRIBE DECLARE FETCH CLOSE LISTEN ' +
    'UNLISTEN NOTIFY PREPARE DEALLOCATE DISCARD VALUES PRAGMA GRANT REVOKE DO REFRESH REINDEX OPTIMIZE COMMENT LOAD ' +
    'HANDLER KILL END ABORT TABLE ATTACH DETACH',
)
const namesAfter = words('FROM JOIN INTO USING STRAIGHT_JOIN APPLY')
const verbsWithName = words('UPDATE CALL EXEC EXECUTE TRUNCATE COPY LOCK')
const objects = words(
  'TABLE INDEX VIEW SCHEMA DATABASE TYPE SEQUENCE FUNCTION PROCEDURE TRIGGER EXTENSION DOMAIN POLICY TABLES',
)
const definers = words('CREATE ALTER DROP TRUNCATE REFRESH LOCK')
const changers = words('DELETE INSERT MERGE REPLACE')
const beforeName = words(
  'ONLY LATERAL IF NOT EXISTS CONCURRENTLY IGNORE LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK TABLE TABLES',
)
const endsList = words(
  'WHERE GROUP ORDER HAVING LIMIT UNION EXCEPT INTERSECT FOR WINDOW SET VALUES RETURNING OFFSET FETCH DO WHEN',
)
const notNames = words('SELECT WITH VALUES WHERE SET ON OUTFILE DUMPFILE STDIN STDOUT PROGRAM')
const startsAgain = words('UNION EXCEPT INTERSECT ALL EXPLAIN ANALYZE VERBOSE')

/** The state of the text between two parentheses. */
interface Level {
  /** True in a query, where FROM and JOIN are followed by tables. */
  isQuery: boolean
  /** True in a list of tables: another table may come after a comma. */
  isList: boolean
  /** True in a list of WITH: another name of a CTE may come after a comma. */
  isWith: boolean
  /** True in INSERT, DELETE, MERGE and REPLACE, which have tables after INTO and USING. */
  isChange: boolean
}

const level = (isQuery: boolean): Level => ({ isQuery, isList: isQuery, isWith: false, isChange: false })

/**
 * Collects the operations and tables of a statement, in their order: `INSERT orders SELECT carts`. Names of CTEs are left
 * out. The summary has at most 255 characters, and ends after a whole name.
 */
export class Summary {
  #text = ''
  #isFull = false
  #here: Level = level(false)
  #levels: Level[] = [this.#here]
  /** True where a statement may begin. */
  #atStart = true
  #wants: 'name' | 'object' | 'cte' | undefined
  /** The keyword that the next name follows. */
  #nameBy = ''
  readonly #ctes = new Set<string>()
  #path = ''
  #parts = 0
  /** The keyword or sign before the current token. */
  #before = ''

  get isFull(): boolean {
    return this.#isFull
  }

  text(): string | undefined {
    this.#endName()
    return this.#text === '' ? undefined : this.#text
  }

  add(kind: Kind, token: string): void {
    if (kind === 'word' || kind === 'name') {
      const upper = kind === 'name' || token.length > maxKeyword ? '' : token.toUpperCase()
      if (this.#path !== '' && this.#before === '.') this.#part(token)
      else {
        this.#endName()
        this.#word(token, upper)
      }
      if (kind === 'name') this.#atStart = false
      this.#before = upper
      return
    }
    if (token === '.') this.#before = '.'
    else {
      this.#endName()
      this.#before = ''
      this.#sign(token)
    }
  }

  #say(part: string): void {
    if (this.#isFull) return
    const text = this.#text === '' ? part : `${this.#text} ${part}`
    if (text.length > maxSummary) this.#isFull = true
    else this.#text = text
  }

  /** Begins or continues a name: `"public"."posts"`. */
  #part(name: string): void {
    if (this.#path === '') this.#parts = 0
    if (++this.#parts > maxParts) return
    this.#path = this.#path === '' ? name : `${this.#path}.${name}`
  }

  #endName(): void {
    if (this.#path === '') return
    const name = this.#path
    this.#path = ''
    this.#wants = undefined
    if (!this.#isFull && !this.#ctes.has(name)) this.#say(foldName(name))
  }

  #word(word: string, upper: string): void {
    if (this.#wants === 'cte') {
      this.#cte(word, upper)
      return
    }
    if (this.#wants === 'object' && objects.has(upper)) {
      if (upper !== 'TABLES') this.#say(upper)
      this.#wants = 'name'
      return
    }
    if (this.#wants !== undefined && this.#takesName(word, upper)) return
    if (upper === 'WITH' && this.#atStart) {
      this.#wants = 'cte'
      this.#atStart = false
    } else if (verbs.has(upper) && (this.#atStart || upper === 'SELECT')) this.#verb(upper)
    else if (upper !== '') this.#keyword(upper)
  }

  #cte(name: string, upper: string): void {
    if (upper === 'RECURSIVE') return
    this.#ctes.add(name)
    this.#wants = undefined
    this.#here.isWith = true
  }

  /** Returns true if the word belongs to the name that is wanted. */
  #takesName(word: string, upper: string): boolean {
    // TRUNCATE and LOCK have a name with or without TABLE. CREATE and DROP have one behind the kind of object only.
    if (this.#wants === 'object' && !verbsWithName.has(this.#nameBy)) return false
    // SQLite has UPDATE OR REPLACE t.
    if (beforeName.has(upper) || upper === 'OR' || this.#before === 'OR') return true
    if (notNames.has(upper)) {
      this.#wants = undefined
      return false
    }
    this.#wants = undefined
    this.#part(word)
    return true
  }

  #verb(upper: string): void {
    if (upper !== 'EXPLAIN' || this.#text === '') this.#say(upper)
    this.#here.isQuery = true
    this.#here.isWith = false
    this.#here.isList = verbsWithName.has(upper)
    if (changers.has(upper)) this.#here.isChange = true
    this.#atStart = startsAgain.has(upper)
    this.#nameBy = upper
    this.#wants = definers.has(upper) ? 'object' : this.#here.isList ? 'name' : undefined
  }

  #keyword(upper: string): void {
    const here = this.#here
    if (namesAfter.has(upper)) {
      // EXTRACT(day FROM x), IS DISTINCT FROM y, JOIN … USING (id) and an index's USING have no table.
      const isTable = here.isChange || (upper !== 'USING' && upper !== 'INTO')
      if (here.isQuery && this.#before !== 'DISTINCT' && isTable) {
        this.#wants = 'name'
        this.#nameBy = upper
        here.isList = upper !== 'INTO'
      }
    } else if (endsList.has(upper)) {
      here.isList = false
      if (upper === 'VALUES' && this.#atStart) this.#say(upper)
    }
    this.#atStart = startsAgain.has(upper)
  }

  #sign(sign: string): void {
    if (sign === '(') this.#open()
    else if (sign === ')') this.#close()
    else {
      this.#atStart = false
      if (sign === ',') this.#wants = this.#here.isWith ? 'cte' : this.#here.isList ? 'name' : this.#wants
      else if (sign === ';') this.#restart()
    }
  }

  /** A query, or a list of joined tables, may be in parentheses. The columns of USING (id) may too. */
  #open(): void {
    const isList = this.#wants === 'name' && this.#nameBy !== 'USING'
    if (!isList) this.#wants = undefined
    this.#here = level(isList)
    if (this.#levels.length < maxDepth) this.#levels.push(this.#here)
    this.#atStart = true
  }

  #close(): void {
    if (this.#levels.length > 1) this.#levels.pop()
    this.#here = this.#levels[this.#levels.length - 1] as Level
    this.#wants = undefined
    this.#atStart = this.#here.isWith
  }

  #restart(): void {
    this.#here = level(false)
    this.#levels = [this.#here]
    this.#wants = undefined
    this.#atStart = true
  }
}

const numbered = /\d{3}|[0-9a-f]{8}/i
const changing = /[0-9a-f]*\d[0-9a-f]{7,}|\d{3,}(?:[_-]\d+)*/gi

/** `events_2026_11` and `events_2026_12` are one kind of table: `events_?`. */
function foldName(name: string): string {
  return numbered.test(name) ? name.replace(changing, '?') : name
}
