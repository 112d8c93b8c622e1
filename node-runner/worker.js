// Entry of a worker.

import { serveAsWorker } from './lib/agents/station.js';

serveAsWorker();
