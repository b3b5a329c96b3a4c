#!/usr/bin/env node
import { runProcess } from './cli/process';

// The SDK inside is the one that runs: what later ones ask of Node is for whoever builds the program.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

void runProcess();
