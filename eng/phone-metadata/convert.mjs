#!/usr/bin/env node
// Turns libphonenumber-js's metadata.min.json into the numbering plans that the domain embeds.
//   node eng/phone-metadata/convert.mjs [folder of the package] [--stdout]
// The format is described in README.md beside this script. What the JSON's positions mean:
// libphonenumber-js, source/metadata.js, class NumberingPlan.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const args = process.argv.slice(2)
const source = args.find(a => !a.startsWith('--')) ?? join(repository, '.peers/node_modules/libphonenumber-js')
const target = join(repository, 'src/Domain/Phones/numbering-plans.tsv')

const read = name => JSON.parse(readFileSync(join(source, name), 'utf8'))
const { version } = read('package.json')
const metadata = read('metadata.min.json')
if (metadata.version !== 4) throw new Error(`metadata version ${metadata.version}: its layout is not known here`)

/** The texts that a small pattern of digits, classes, groups and alternatives stands for. */
function expand(pattern) {
  let at = 0
  const alternatives = () => {
    let all = sequence()
    while (pattern[at] === '|') { at++; all = all.concat(sequence()) }
    return all
  }
  const sequence = () => {
    let heads = ['']
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const tails = one()
      heads = heads.flatMap(head => tails.map(tail => head + tail))
    }
    return heads
  }
  const one = () => {
    if (pattern.startsWith('(?:', at)) {
      at += 3
      const inner = alternatives()
      if (pattern[at++] !== ')') throw new Error(`unclosed group in ${pattern}`)
      return inner
    }
    if (pattern[at] === '[') {
      const end = pattern.indexOf(']', at)
      const digits = pattern.slice(at + 1, end).replace(/(\d)-(\d)/g, (_, from, to) => '0123456789'.slice(+from, +to + 1))
      at = end + 1
      return [...digits]
    }
    if (/\d/.test(pattern[at] ?? '')) return [pattern[at++]]
    throw new Error(`leading digits ${pattern} are no finite list of prefixes`)
  }
  return alternatives()
}

// What the reader was written for: digits, classes, groups, alternatives, bounded repetition, and $. No *, +, lookaround
// or back-reference, so matching stays cheap whatever is matched.
const patterns = /^[\d()|[\]{},?:$\\d-]*$/

function line(region, plan) {
  const [callingCode, idd, general, lengths, , nationalPrefix, , prefixForParsing, transform, , leadingDigits, types] = plan
  const own = (types || []).flatMap((type, index) => type && type[0]
    ? [`${index === 0 ? 'F' : ''}${(type[1] || lengths).join(',')}:${type[0]}`]
    : [])
  const columns = [
    callingCode,
    region,
    idd || '',
    prefixForParsing || nationalPrefix || '',
    transform || '',
    leadingDigits ? expand(leadingDigits).join(',') : '',
    lengths.join(','),
    general,
    ...own,
  ]
  for (const pattern of [idd, general, prefixForParsing, ...(types || []).map(type => type && type[0])]) {
    if (pattern && !patterns.test(pattern)) throw new Error(`${region}: a pattern uses more than this reader knows: ${pattern}`)
  }
  if (transform && !/^\d*\$\d$/.test(transform)) throw new Error(`${region}: a rule this reader does not know: ${transform}`)
  if (!lengths.every((length, index) => index === 0 || lengths[index - 1] < length) || lengths.at(-1) > 31) throw new Error(`${region}: lengths out of order or range`)
  return columns.join('\t')
}

const lines = [
  `# From libphonenumber-js ${version}, metadata.min.json, by eng/phone-metadata/convert.mjs. Licences: THIRD-PARTY-NOTICES.md.`,
]
for (const [, regions] of Object.entries(metadata.country_calling_codes)) {
  for (const region of regions) lines.push(line(region, metadata.countries[region]))
}
for (const plan of Object.values(metadata.nonGeographic)) lines.push(line('001', plan))
const text = lines.join('\n') + '\n'

if (args.includes('--stdout')) process.stdout.write(text)
else writeFileSync(target, text)
