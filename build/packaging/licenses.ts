// Writes the licenses of what an executable contains beside our own source, as they ask for.
import { writeFileSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { libraries, licenseOf } from './components.ts'

const [path] = process.argv.slice(2)
if (path === undefined) {
  console.error('usage: licenses.ts FILE')
  process.exit(2)
}

const RUNTIME = `The executable is made with the Bun runtime, which is under the MIT license and contains
JavaScriptCore of WebKit, under the GNU Lesser General Public License 2 or later, and other libraries.
https://bun.com/docs/project/license lists them all. build/build of holdfast's source makes the executable
anew, with whichever runtime is put in place of the one from npm.
`

const rule = `\n${'-'.repeat(100)}\n\n`
const parts = libraries(packageJson.dependencies).map(
  ({ component: library }) =>
    `${library.name} ${library.version}\n\n${licenseOf(library).replaceAll('\r\n', '\n').trim()}\n`,
)
writeFileSync(path, [RUNTIME, ...parts].join(rule))
