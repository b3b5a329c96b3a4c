#!/usr/bin/env node
import { isMainThread } from 'node:worker_threads';

// The SDK inside is the one that runs: what later ones ask of Node is for whoever builds the program.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// The threads of a replay run the same file: it may be all there is of the program.
if (isMainThread) void import('./cli/process.js').then(({ runProcess }) => runProcess());
else void import('./workers/worker.js').then(({ runThread }) => runThread());
