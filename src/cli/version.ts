// Which holdfast this is: version, commit and platform, baked in by build/build.
import packageJson from '../../package.json' with { type: 'json' }

declare const HOLDFAST_COMMIT: string | undefined
declare const HOLDFAST_TARGET: string | undefined

export const VERSION: string = packageJson.version

/** The commit it was built from; "dev" when it runs from its source. */
const COMMIT = typeof HOLDFAST_COMMIT === 'string' ? HOLDFAST_COMMIT : 'dev'

/** Operating system and processor, as in "linux-x64". */
const TARGET =
  typeof HOLDFAST_TARGET === 'string' ? HOLDFAST_TARGET : `${process.platform}-${process.arch}`

/** "holdfast 0.1.0 (3e8f3a1, linux-x64)" */
export function versionLine(): string {
  return `holdfast ${VERSION} (${COMMIT}, ${TARGET})`
}
