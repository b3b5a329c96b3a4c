// What one writes first: every file read, unpacked and parsed as a whole. Argument: the folder.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { gunzipSync } = require('node:zlib');

const groups = new Map();
for (const item of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
  if (!item.name.endsWith('.json.gz')) continue;
  const text = gunzipSync(readFileSync(join(item.parentPath, item.name))).toString('utf8');
  for (const { eventSource, eventName, eventTime, awsRegion, userIdentity } of JSON.parse(text).Records) {
    if (eventSource !== 'ec2.amazonaws.com' || eventName !== 'DescribeInstances') continue;
    const actor = userIdentity.arn ?? userIdentity.principalId;
    if (actor === undefined) continue;
    const windowStart = Math.floor(Date.parse(eventTime) / 30_000) * 30;
    const key = `${windowStart} ${actor}`;
    if (!groups.has(key)) groups.set(key, { windowStart, actor, regions: new Set() });
    groups.get(key).regions.add(awsRegion);
  }
}
const found = [...groups.values()].map((group) => ({ ...group, regions: group.regions.size }));
console.log(JSON.stringify(found.filter(({ regions }) => regions >= 10)));
