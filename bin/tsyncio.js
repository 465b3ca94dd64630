#!/usr/bin/env node
// Where modules cannot be loaded at their first use (Node before 20.19), all of them are at the start.
if (!process.features.require_module) await import('../dist/whole.js');
await import('../dist/tools/cli.js');
