// Asks libphonenumber-js what it thinks of many phone numbers.
//   node oracle.mjs <folder of the package>
// Writes one JSON line per case: {text, region, valid, e164, country}. The cases are the same at every run: examples of
// every region that the package ships, and numbers made from every region's own patterns, written in many ways and
// mutated by a generator with a fixed seed.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const folder = resolve(process.argv[2])
const load = createRequire(join(folder, 'package.json'))
const { parsePhoneNumberFromString } = load('./min/index.cjs')
const metadata = JSON.parse(readFileSync(join(folder, 'metadata.min.json'), 'utf8'))
const examples = JSON.parse(readFileSync(join(folder, 'examples.mobile.json'), 'utf8'))

// mulberry32: small, and the same everywhere.
let state = 20261123
function random(below) {
  state = (state + 0x6D2B79F5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % below
}
const pick = list => list[random(list.length)]

/** Some text that a pattern of digits, classes, groups, alternatives and bounded repetition matches. */
function sample(pattern) {
  let at = 0
  const alternatives = () => {
    const all = [sequence()]
    while (pattern[at] === '|') { at++; all.push(sequence()) }
    return () => pick(all)()
  }
  const sequence = () => {
    const parts = []
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') parts.push(repeated())
    return () => parts.map(part => part()).join('')
  }
  const repeated = () => {
    const part = one()
    let [min, max] = [1, 1]
    const counts = /^\{(\d+)(?:,(\d+))?\}|^\?/.exec(pattern.slice(at))
    if (counts) {
      at += counts[0].length;
      [min, max] = counts[0] === '?' ? [0, 1] : [+counts[1], +(counts[2] ?? counts[1])]
    }
    return () => Array.from({ length: min + random(max - min + 1) }, part).join('')
  }
  const one = () => {
    if (pattern[at] === '(') {
      at += pattern.startsWith('(?:', at) ? 3 : 1
      const inner = alternatives()
      at++
      return inner
    }
    if (pattern.startsWith('\\d', at)) { at += 2; return () => String(random(10)) }
    if (pattern[at] === '[') {
      const end = pattern.indexOf(']', at)
      const digits = pattern.slice(at + 1, end).replace(/(\d)-(\d)/g, (_, from, to) => '0123456789'.slice(+from, +to + 1))
      at = end + 1
      return () => pick([...digits])
    }
    if (pattern[at] === '$') { at++; return () => '' }
    const literal = pattern[at++]
    return () => literal
  }
  return alternatives()()
}

const mutations = [
  n => n.slice(0, -1),
  n => n.slice(0, -3),
  n => n.slice(1),
  n => n.slice(Math.min(3, n.length - 2)),
  n => n + random(10),
  n => n + '00' + random(1000),
  n => { const i = random(n.length); return n.slice(0, i) + random(10) + n.slice(i + 1) },
  n => { const i = random(n.length); return n.slice(0, i) + n.slice(i + 1) },
  n => { const i = random(n.length); return n.slice(0, i) + random(10) + n.slice(i) },
  n => String(random(10)) + n.slice(1),
]

const spaced = n => n.replace(/(\d{3})(?=\d)/g, '$1 ')
const digitsFrom = zero => n => n.replace(/\d/g, d => String.fromCharCode(zero + +d))
const arabic = digitsFrom(0x660), eastern = digitsFrom(0x6F0), wide = digitsFrom(0xFF10)
const extensions = [' ext. 5', ';ext=1234', ' x5', 'x12', ' extn 7', ' #77', ',,123', ' доб. 9', ' anexo 3', ' - 503#', ';5', ', 5', '~12', ' int 8', ' extensión 44', 'x', ' x1234567890', ';isub=12', ' ext 5#', ' 5 x']

/** Ways to write a national number of a region; `plain` also without its trunk prefix. */
function* writings(national, region, plan) {
  const [code, idd, , , , prefix] = plan
  const trunk = (prefix || '') + national
  const international = '+' + code + national
  yield [international, null]
  yield [international, region]
  yield [national, region]
  yield [trunk, region]
  const idds = region ? (/^\d+$/.test(idd) ? [idd] : [sample(idd)]) : []
  for (const way of idds) yield [way + ' ' + code + ' ' + spaced(national), region]
  const ways = [
    () => ['+' + code + ' ' + spaced(national), null],
    () => ['+' + code + '-' + national.replace(/(\d{2})(?=\d)/g, '$1-'), pick(others)],
    () => ['+' + code + ' (0)' + national, region],
    () => ['+' + code + ' ' + trunk, null],
    () => [code + national, region],
    () => [code + national, null],
    () => [national, null],
    () => [national, pick(others)],
    () => [trunk, pick(others)],
    () => ['00' + code + national, pick(others)],
    () => ['011' + code + national, 'US'],
    () => [`(${trunk.slice(0, 4)}) ${trunk.slice(4)}`, region],
    () => [trunk.replace(/(\d{2})(?=\d)/g, '$1.'), region],
    () => [`[${trunk.slice(0, 3)}]/${trunk.slice(3)}`, region],
    () => [arabic(trunk), region],
    () => [eastern(spaced(trunk)), region],
    () => [wide(trunk), region],
    () => ['+' + wide(code + national), null],
    () => ['Tel: ' + international + ' (home)', null],
    () => ['tel:' + international, null],
    () => ['tel:' + national + ';phone-context=+' + code, null],
    () => [trunk + pick(extensions), region],
    () => [international + pick(extensions), null],
    () => ['\u202A' + international + '\u202C', region],
    () => [trunk.replace(/(\d{4})(?=\d)/g, '$1\u00A0'), region],
    () => [trunk.replace(/(\d{4})(?=\d)/g, '$1\u2011'), region],
    () => [trunk.slice(0, 3) + pick(['+', 'a', ',', '*', ':', '\n', '#', '_']) + trunk.slice(3), region],
  ]
  for (let i = 0; i < 5; i++) yield pick(ways)()
}

/** The country that an E.164 number alone tells; what the app's region adds to a shared code is not kept. */
const countryOf = e164 => parsePhoneNumberFromString(e164)?.country
const isOf = (region, e164) => countryOf(e164) === region && parsePhoneNumberFromString(e164).isValid()

const others = Object.keys(metadata.countries)
const plans = [
  ...Object.entries(metadata.countries),
  ...Object.values(metadata.nonGeographic).map(plan => [null, plan]),
]

const hostile = [
  '', ' ', '+', '++', '0', '1', '12', '+1', '+12', '00', '000', '0000', '011', '+0', '+049', '+999 123 4567', '+210 1234567',
  'hello', '1-800-FLOWERS', '+1 213 373 4253 or +1 213 373 4254', '213-373-4253/4254', '#', '123#', '12 34', 'x5', '123x5',
  '12                    x5', ',,,,,', '1'.repeat(249), '1'.repeat(250), '1'.repeat(251), '+' + '9'.repeat(300),
  '+49' + ' '.repeat(240) + '30', '911', '112', '110', '+1 911', '\u0000+4930123456', '+49\u000030123456', '😀+4930123456😀',
  '٠٣٠١٢٣٤٥٦', '+1 (213) 373-4253', '1 (213) 373-4253', '(213) 373 4253 x 5 x 6', ';ext=5', '+49;ext=5', '3101234', '+1 310 1234',
  '＋49 30 123456', 'tel:030123456;phone-context=local', 'tel:030123456;phone-context=example.com', ';phone-context=+49',
  '1;phone-context=+49', 'tel:+30123456;phone-context=+49', '030 123456;phone-context=+49;ext=5', '030123456;ext=5;phone-context=+49',
]

function write(text, region) {
  // The package tests contexts with a pattern that remembers where its last match ended (flag g), so that it refuses
  // every other good one. A bad one makes it forget.
  if (text.includes(';phone-context=')) parsePhoneNumberFromString('1;phone-context=?')
  const number = parsePhoneNumberFromString(text, region ?? undefined)
  const valid = number?.isValid() ?? false
  process.stdout.write(JSON.stringify({
    text,
    region,
    valid,
    e164: valid ? number.number : null,
    country: valid ? countryOf(number.number) ?? null : null,
  }) + '\n')
}

for (const text of hostile) for (const region of [null, 'US', 'DE', 'IT', 'AR', 'GG', 'XX']) write(text, region)

for (const [region, plan] of plans) {
  const nationals = new Set()
  if (region && examples[region]) nationals.add(examples[region])
  const patterns = [plan[2], ...(plan[11] || []).map(type => type && type[0]).filter(Boolean)]
  for (let i = 0; i < 6; i++) nationals.add(sample(pick(patterns)))
  // Some territories own but a few ranges of a shared code: try until one of theirs is among the numbers.
  for (let i = 0; i < 500 && region && ![...nationals].some(n => isOf(region, '+' + plan[0] + n)); i++) {
    const leading = plan[10] ? sample(plan[10]) : ''
    const national = leading + sample(pick(patterns)).slice(leading.length)
    if (isOf(region, '+' + plan[0] + national)) nationals.add(national)
  }
  // What the national prefix rule catches, carrier codes and left-out area codes among it.
  if (plan[7]) for (let i = 0; i < 4; i++) nationals.add(sample(plan[7]) + (i % 2 ? '' : sample(plan[2])))
  for (const national of [...nationals]) {
    for (let i = 0; i < 2; i++) {
      const mutated = pick(mutations)(national)
      if (mutated) nationals.add(mutated)
    }
  }
  for (const national of nationals) for (const [text, where] of writings(national, region, plan)) write(text, where)
}
