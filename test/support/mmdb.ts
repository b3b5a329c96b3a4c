/** Writes databases in MaxMind's form; source: maxmind.github.io/MaxMind-DB. */

export type MmdbValue = string | number | { readonly [key: string]: MmdbValue };

/** @param records by IPv4 network, such as `203.0.113.0/24`; none may lie in another */
export function mmdb(records: Readonly<Record<string, MmdbValue>>): Buffer {
  type Node = [Node | number | undefined, Node | number | undefined];
  const root: Node = [undefined, undefined];
  let data = Buffer.alloc(0);
  for (const [network, record] of Object.entries(records)) {
    const [address = '', length] = network.split('/');
    const bits = address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
      .slice(0, Number(length));
    let node = root;
    for (const bit of bits.slice(0, -1)) {
      node[Number(bit)] ??= [undefined, undefined];
      node = node[Number(bit)] as Node;
    }
    node[Number(bits.at(-1))] = data.length;
    data = Buffer.concat([data, encoded(record)]);
  }
  const nodes: Node[] = [root];
  for (const node of nodes) nodes.push(...node.filter((child): child is Node => Array.isArray(child)));
  const tree = Buffer.alloc(6 * nodes.length);
  const pointer = (child: Node[number]) =>
    child === undefined ? nodes.length : Array.isArray(child) ? nodes.indexOf(child) : nodes.length + 16 + child;
  for (const [index, node] of nodes.entries()) {
    tree.writeUIntBE(pointer(node[0]), 6 * index, 3);
    tree.writeUIntBE(pointer(node[1]), 6 * index + 3, 3);
  }
  const metadata = encoded({ node_count: nodes.length, record_size: 24, ip_version: 4, database_type: 'test' });
  return Buffer.concat([tree, Buffer.alloc(16), data, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

function encoded(value: MmdbValue): Buffer {
  if (typeof value === 'number') return Buffer.of(0xc4, ...Buffer.from(value.toString(16).padStart(8, '0'), 'hex'));
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flat().map(encoded)]);
}

function control(type: number, size: number): Buffer {
  if (size < 29) return Buffer.of((type << 5) | size);
  if (size < 285) return Buffer.of((type << 5) | 29, size - 29);
  return Buffer.of((type << 5) | 30, (size - 285) >> 8, (size - 285) & 0xff);
}
