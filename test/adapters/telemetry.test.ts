import type { Context } from 'aws-lambda';
import { PowertoolsTelemetry } from '../../lambda/adapters/aws/telemetry';
import { METRICS } from '../../lambda/ports';

type Line = Readonly<Record<string, unknown>>;

/** The lines, all JSON, that `work` writes on stdout and stderr. */
function linesOf(work: (telemetry: PowertoolsTelemetry) => void): Line[] {
  const texts: string[] = [];
  const take = (text: string | Uint8Array) => {
    texts.push(String(text));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(take));
  try {
    work(new PowertoolsTelemetry('detector-1'));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

describe('metrics', () => {
  it('are one line of the embedded metric format, with the detector as only dimension', () => {
    const lines = linesOf((telemetry) => {
      telemetry.count(METRICS.objectsRead, 2);
      telemetry.count(METRICS.objectsRead, 3);
      telemetry.count(METRICS.objectsFailed, 0);
      telemetry.observe(METRICS.deliveryLag, 190);
      telemetry.observe(METRICS.deliveryLag, 26);
      telemetry.flush();
    });
    expect(lines).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'regionsweep',
              Dimensions: [['detector']],
              Metrics: expect.arrayContaining([
                { Name: 'ObjectsRead', Unit: 'Count' },
                { Name: 'ObjectsFailed', Unit: 'Count' },
                { Name: 'DeliveryLagSeconds', Unit: 'Seconds' },
              ]),
            },
          ],
        },
        detector: 'detector-1',
        ObjectsRead: 5,
        ObjectsFailed: 0,
        DeliveryLagSeconds: [190, 26],
      },
    ]);
  });

  it('are written once, and nothing is written when there are none', () => {
    const lines = linesOf((telemetry) => {
      telemetry.flush();
      telemetry.count(METRICS.alerts, 1);
      telemetry.flush();
      telemetry.flush();
    });
    expect(lines).toHaveLength(1);
  });

  it('keep every measurement, though a line holds a hundred, and their dimension', () => {
    const lines = linesOf((telemetry) => {
      for (let lag = 0; lag < 250; lag++) telemetry.observe(METRICS.detectionLag, lag);
      telemetry.flush();
    });
    expect(lines.flatMap((line) => line.DetectionLagSeconds)).toEqual(Array.from({ length: 250 }, (_, i) => i));
    for (const line of lines) expect(line).toMatchObject({ detector: 'detector-1' });
  });
});

describe('logs', () => {
  it('are JSON lines with their fields, the service and the detector', () => {
    const lines = linesOf((telemetry) => {
      telemetry.debug('object skipped', {});
      telemetry.info('object read', {
        object: 's3://b/k',
        records: 3,
        complete: true,
        regions: ['a'],
        none: undefined,
      });
      telemetry.warn('careful', {});
      telemetry.error('failed', { reason: 'so' });
    });
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['INFO', 'object read'],
      ['WARN', 'careful'],
      ['ERROR', 'failed'],
    ]);
    expect(lines[0]).toMatchObject({ object: 's3://b/k', records: 3, complete: true, regions: ['a'] });
    expect(lines[0]).not.toHaveProperty('none');
    for (const line of lines) expect(line).toMatchObject({ service: 'regionsweep', detector: 'detector-1' });
    expect(lines[1]).not.toHaveProperty('object');
  });

  it('carry the request they belong to', () => {
    const context = { awsRequestId: 'r-1', functionName: 'f', memoryLimitInMB: '512' } as Context;
    const [line] = linesOf((telemetry) => {
      telemetry.begin(context);
      telemetry.info('hello', {});
    });
    expect(line).toMatchObject({ function_request_id: 'r-1', function_name: 'f' });
  });
});
