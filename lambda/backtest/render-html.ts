import { STYLE as ALERT_STYLE, html, type Markup, pageStart } from '../alert/render/html';
import { defang } from '../util/sanitize';
import { formatInstant, plural } from '../util/values';
import type { Backtest } from './backtest';
import { columnsOf, heatRows, perWeek, type ReadSummary, settingText, verdictText, weeksOf } from './report';
import { GROUPINGS, MIN_REGIONS, type Setting } from './settings';

const STYLE = `${ALERT_STYLE}
table{border-collapse:collapse;font-size:.9rem}th,td{padding:.15rem .6rem;text-align:right;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left;min-width:7rem;overflow-wrap:anywhere}.scroll{overflow-x:auto}
tr.chosen td{background:var(--shade);font-weight:600}
svg polyline{fill:none;stroke-width:2}svg .sliding{stroke-dasharray:5 4}
svg .w0{stroke:var(--call)}svg .w1{stroke:var(--good)}svg .w2{stroke:var(--soft)}svg .w3{stroke:var(--bad)}
svg .heat{fill:var(--bad)}svg .cell{fill:none;stroke:var(--line)}
`;

/** The result of a backtest as one self-contained page that loads and runs nothing. */
export function renderBacktestHtml(result: Backtest, read: ReadSummary, setting: Setting): string {
  const weeks = weeksOf(read);
  const sections = [
    ...GROUPINGS.map((groupBy) => settingsSection(result, groupBy, weeks, setting)),
    heatSection(result, setting),
    ...exceptionSection(result),
    ...proposalSection(result),
  ];
  const title = 'Backtest of the rule over your own history';
  return `${pageStart(title, STYLE)}${introduction(result, read, setting, weeks).html}${sections.map((one) => one.html).join('\n')}\n</body>\n</html>\n`;
}

function introduction({ alerts }: Backtest, read: ReadSummary, setting: Setting, weeks: number): Markup {
  const { first, last } = read;
  const span = first === undefined || last === undefined ? '' : `, ${formatInstant(first)} to ${formatInstant(last)}`;
  const actors = new Set(alerts.map(({ actor }) => actor)).size;
  const warnings = [
    ...(read.partial ? ['Reading was stopped early: calls may be missing.'] : []),
    ...(read.failedObjects === 0
      ? []
      : [`${plural(read.failedObjects, 'object')} could not be read: calls may be missing.`]),
  ];
  return html`<p>${plural(read.calls, 'call')} in ${plural(read.objects, 'object')}${span}.</p>${warnings.map((text) => html`<p class="partial">${text}</p>`)}
<p>${settingText(setting)}: ${plural(alerts.length, 'alert')}, ${perWeek(alerts.length, weeks)} a week, of ${plural(actors, 'actor')}; ${verdictText(alerts)}.</p>
`;
}

const WIDTH = 900;
const HEIGHT = 260;
const LEFT = 60;
const BOTTOM = 30;

/** A line of the legend, in the letters of a phone. */
const LINE = 26;

function settingsSection(result: Backtest, groupBy: Setting['groupBy'], weeks: number, setting: Setting): Markup {
  const columns = columnsOf(result, groupBy);
  const heads = columns.map(({ windowSeconds, windowing }) => html`<th>${windowSeconds} s ${windowing}</th>`);
  const rows = MIN_REGIONS.map((minRegions, index) => {
    const isChosen = setting.groupBy === groupBy && setting.minRegions === minRegions;
    const cells = columns.map(({ alerts }) => html`<td>${perWeek(alerts[index]!, weeks)}</td>`);
    return html`<tr class="${isChosen ? 'chosen' : ''}"><td>${minRegions} regions</td>${cells}</tr>`;
  });
  return html`<article><h2>Alerts a week, by ${groupBy}</h2><div class="picture">${curveSvg(result, groupBy, weeks)}</div>
<div class="scroll"><table><tr><th></th>${heads}</tr>${rows}</table></div></article>`;
}

/** Alerts a week by threshold of regions: a line per window, dashed for sliding ones, on a logarithmic scale. */
function curveSvg(result: Backtest, groupBy: Setting['groupBy'], weeks: number): Markup {
  const columns = columnsOf(result, groupBy);
  const most = Math.max(1, ...columns.flatMap(({ alerts }) => alerts.map((count) => count / weeks)));
  const scale = (HEIGHT - BOTTOM - 10) / Math.log10(1 + most);
  const x = (index: number) => LEFT + (index * (WIDTH - LEFT - 20)) / (MIN_REGIONS.length - 1);
  const y = (rate: number) => (HEIGHT - BOTTOM - Math.log10(1 + rate) * scale).toFixed(1);
  const ticks = [0, 1, 10, 100, 1000, 10_000, 100_000].filter((tick) => tick <= most);
  const lines = columns.map(({ windowSeconds, windowing, alerts }, column) => {
    const points = alerts.map((count, index) => `${x(index).toFixed(1)},${y(count / weeks)}`).join(' ');
    return html`<polyline class="w${column >> 1} ${windowing}" points="${points}"><title>${windowSeconds} s ${windowing}</title></polyline>`;
  });
  const grid = ticks.map((tick) => {
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y(tick)}" y2="${y(tick)}"/><text class="soft" x="${LEFT - 8}" y="${y(tick)}" text-anchor="end">${tick}</text>`;
  });
  const labels = MIN_REGIONS.map((minRegions, index) => {
    return html`<text class="soft" x="${x(index).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${minRegions}</text>`;
  });
  const legend = columns.map(({ windowSeconds, windowing }, column) => {
    const [left, top] = [LEFT + 320 * (column % 2), HEIGHT + LINE * ((column >> 1) + 0.5)];
    return html`<polyline class="w${column >> 1} ${windowing}" points="${left},${top} ${left + 30},${top}"/><text x="${left + 36}" y="${top + 6}">${windowSeconds} s ${windowing}</text>`;
  });
  const height = HEIGHT + LINE * Math.ceil(columns.length / 2);
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="alerts a week by number of regions">${grid}${labels}${lines}${legend}</svg>`;
}

const ROW = 20;
const CELL = 22;

function heatSection({ alerts }: Backtest, setting: Setting): Markup {
  const { rows, others } = heatRows(alerts);
  if (rows.length === 0)
    return html`<article><h2>Alerts by actor and hour</h2><p>No alerts with ${settingText(setting)}.</p></article>`;
  const most = Math.max(...rows.flatMap(({ hours }) => hours));
  const marks = rows.flatMap(({ actor, hours, alerts: count }, row) => {
    const top = ROW * (row + 1);
    const cells = hours.flatMap((inHour, hour) => {
      const at = html`x="${hour * CELL}" y="${top}" width="${CELL}" height="${ROW}"`;
      const heat = html`<rect class="heat" ${at} fill-opacity="${(0.15 + (0.85 * inHour) / most).toFixed(2)}"><title>${plural(inHour, 'alert')} at ${hour} h UTC</title></rect>`;
      return [...(inHour === 0 ? [] : [heat]), html`<rect class="cell" ${at}/>`];
    });
    return [...cells, html`<text x="${24 * CELL + 10}" y="${top + 14}">${count}x ${defang(actor, 60)}</text>`];
  });
  const hours = [0, 6, 12, 18].map((hour) => html`<text class="soft" x="${hour * CELL}" y="14">${hour} h</text>`);
  const rest = others === 0 ? [] : [html`<p>And ${plural(others, 'other actor')}.</p>`];
  return html`<article><h2>Alerts by actor and hour (UTC)</h2><p>${settingText(setting)}</p><div class="picture"><svg viewBox="0 0 1060 ${ROW * (rows.length + 1) + 6}" role="img" aria-label="alerts by actor and hour of the day">${hours}${marks}</svg></div>${rest}</article>`;
}

function exceptionSection({ exceptions }: Backtest): Markup[] {
  if (exceptions.length === 0) return [];
  const rows = exceptions.map(({ exception: { name, entry }, calls, alerts, suspicious, actors }) => {
    return html`<tr><td>${name}: ${defang(entry.reason, 120)}</td><td>${calls}</td><td>${alerts}</td><td>${suspicious}</td><td>${actors}</td></tr>`;
  });
  return [
    html`<article><h2>What each exception takes away by itself</h2><div class="scroll"><table><tr><th></th><th>calls</th><th>alerts</th><th>suspicious</th><th>actors</th></tr>${rows}</table></div></article>`,
  ];
}

function proposalSection({ proposals, alerts }: Backtest): Markup[] {
  if (proposals.length === 0) return [];
  const items = proposals.map(({ entry, alerts: explained, share, hides }) => {
    const { reason: _, owner: __, expires, ...conditions } = entry;
    return html`<li>${Math.round(100 * share)}% (${explained} of ${alerts.length}); would have hidden ${plural(hides.alerts, 'alert')} and ${plural(hides.calls, 'call')}, ${hides.deniedCalls} of them denied; until ${expires ?? 'removed'}<pre><code>${defang(JSON.stringify(conditions), 600)}</code></pre></li>`;
  });
  return [
    html`<article><h2>Proposed exceptions</h2><p>Confirm each, then say why and who answers for it.</p><ol>${items}</ol></article>`,
  ];
}
