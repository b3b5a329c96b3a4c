/** The picture of the deployed detector, from the parts and arrows below: `npm run docs` writes architecture.svg. */

interface Part {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly lines: readonly string[];
  /** not part of the stack: drawn with a dashed line */
  readonly foreign?: boolean;
}

const WIDTH = 176;

const HEIGHT = 70;

/** A white rim keeps a label readable where a line passes under it. */
const LABEL = 'font-size="12" fill="#334" stroke="#fff" stroke-width="5" paint-order="stroke"';

const parts = {
  trail: {
    x: 20,
    y: 40,
    title: 'CloudTrail',
    lines: ['every region, read', 'and write events'],
    foreign: true,
  },
  bucket: {
    x: 20,
    y: 190,
    title: 'Trail bucket',
    lines: ['new, existing, or a', 'log archive’s'],
    foreign: true,
  },
  queue: { x: 270, y: 190, title: 'Queue', lines: ['14 days, visibility', '6 × function timeout'] },
  dead: { x: 270, y: 340, title: 'Dead-letter queue', lines: ['after 10 receives,', '14 days, alarmed'] },
  detector: { x: 520, y: 190, title: 'Function', lines: ['decompress, scan, tally,', 'detect, alert once'] },
  store: { x: 520, y: 40, title: 'State table', lines: ['tallies and alerts,', 'with expiry'] },
  watch: {
    x: 520,
    y: 340,
    title: 'Alarms, dashboard',
    lines: ['silence, age, errors,', 'failed deliveries'],
  },
  topic: { x: 770, y: 190, title: 'Alert topic', lines: ['encrypted; only function', 'and alarms publish'] },
  people: {
    x: 1020,
    y: 90,
    title: 'People',
    lines: ['e-mail, Slack,', 'other chat by HTTPS'],
    foreign: true,
  },
  machines: {
    x: 1020,
    y: 290,
    title: 'Machines',
    lines: ['your queues', 'and functions'],
    foreign: true,
  },
  test: { x: 20, y: 340, title: 'Test bucket', lines: ['simulated trails,', '7 days, no events'] },
} as const satisfies Record<string, Part>;

type Name = keyof typeof parts;

const arrows: readonly (readonly [from: Name, to: Name, label: string])[] = [
  ['trail', 'bucket', 'an object per account and region'],
  ['bucket', 'queue', 'new object'],
  ['queue', 'detector', 'batches'],
  ['queue', 'dead', 'failed'],
  ['detector', 'store', 'tallies, claims'],
  ['detector', 'topic', 'alerts'],
  ['detector', 'watch', 'metrics, logs'],
  ['watch', 'topic', 'alarms'],
  ['topic', 'people', 'text, card'],
  ['topic', 'machines', 'JSON'],
];

export function architectureSvg(): string {
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1220 440" font-family="Helvetica, Arial, sans-serif">',
    '<title>regionsweep as deployed</title>',
    '<desc>The trail bucket notifies a queue of new CloudTrail objects. The function reads them, keeps tallies in the state table, and publishes alerts to a topic that people and machines subscribe to.</desc>',
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#445"/></marker></defs>',
    '<rect width="1220" height="440" fill="#ffffff"/>',
    ...arrows.map(arrow),
    ...Object.values(parts).map(box),
    '<text x="20" y="430" font-size="12" fill="#556">Dashed lines: not part of the stack. S3 reads by the function are not shown.</text>',
    '</svg>\n',
  ].join('\n');
}

function box(part: Part): string {
  const line = part.foreign ? 'stroke="#778" stroke-dasharray="5 4"' : 'stroke="#1d4e89"';
  const fill = part.foreign ? '#f6f6f8' : '#e8f0fa';
  const middle = part.x + WIDTH / 2;
  const texts = part.lines.map(
    (text, at) => `<text x="${middle}" y="${part.y + 43 + at * 16}" font-size="12" fill="#334">${text}</text>`,
  );
  return [
    '<g text-anchor="middle">',
    `<rect x="${part.x}" y="${part.y}" width="${WIDTH}" height="${HEIGHT}" rx="8" fill="${fill}" stroke-width="1.5" ${line}/>`,
    `<text x="${middle}" y="${part.y + 22}" font-size="15" font-weight="bold" fill="#112">${part.title}</text>`,
    ...texts,
    '</g>',
  ].join('');
}

/** Leaves and enters in the middle of the sides that face each other. */
function arrow([from, to, label]: (typeof arrows)[number]): string {
  const [a, b]: [Part, Part] = [parts[from], parts[to]];
  const sideways = b.x !== a.x;
  const start = sideways
    ? { x: a.x + WIDTH, y: a.y + HEIGHT / 2 }
    : { x: a.x + WIDTH / 2, y: b.y > a.y ? a.y + HEIGHT : a.y };
  const end = sideways ? { x: b.x, y: b.y + HEIGHT / 2 } : { x: b.x + WIDTH / 2, y: b.y > a.y ? b.y : b.y + HEIGHT };
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const text = sideways
    ? `<text x="${middle.x}" y="${middle.y - 8}" text-anchor="middle" ${LABEL}>${label}</text>`
    : `<text x="${middle.x + 8}" y="${middle.y + 4}" ${LABEL}>${label}</text>`;
  return `<line x1="${start.x}" y1="${start.y}" x2="${end.x}" y2="${end.y}" stroke="#445" stroke-width="1.5" marker-end="url(#tip)"/>${text}`;
}
